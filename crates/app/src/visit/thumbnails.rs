//! Photos at the size of a list, made here and kept in memory: a desk shows dozens at once.

use super::photos::picture;
use crate::{device::Device, error::AppError};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use image::{ImageFormat, codecs::jpeg::JpegEncoder};
use std::{
    collections::VecDeque,
    io::Cursor,
    sync::{Mutex, PoisonError},
};

/// Longest sides that are made. A larger one is the photo as it is.
const SIZES: std::ops::RangeInclusive<u32> = 32..=1600;
/// Bytes that are kept: some hundred pictures of the size of a list.
const KEPT: usize = 8 * 1024 * 1024;
const QUALITY: u8 = 75;

struct Thumbnail {
    hash: [u8; 32],
    size: u32,
    url: String,
}

/// Thumbnails that were made, the ones wanted last at the end.
#[derive(Default)]
pub(crate) struct Thumbnails(Mutex<VecDeque<Thumbnail>>);

impl Thumbnails {
    fn get(&self, hash: &[u8; 32], size: u32) -> Option<String> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept
            .iter()
            .position(|t| t.hash == *hash && t.size == size)?;
        let found = kept.remove(at)?;
        let url = found.url.clone();
        kept.push_back(found);
        Some(url)
    }

    fn put(&self, thumbnail: Thumbnail) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(thumbnail);
        let mut bytes: usize = kept.iter().map(|t| t.url.len()).sum();
        while bytes > KEPT && kept.len() > 1 {
            bytes -= kept.pop_front().map_or(0, |t| t.url.len());
        }
    }

    fn forget(&self, hash: &[u8; 32]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|t| t.hash != *hash);
    }
}

/// A picture with this longest side, as kind and bytes; nothing when it is no larger.
fn shrunk(
    mime: &str,
    bytes: &[u8],
    size: u32,
) -> Result<Option<(&'static str, Vec<u8>)>, AppError> {
    let whole = picture(bytes)?;
    if whole.width().max(whole.height()) <= size {
        return Ok(None);
    }
    let small = whole.thumbnail(size, size);
    let mut out = Vec::new();
    let failed = |e: image::ImageError| AppError::new("not_an_image", e.to_string());
    // Drawings have no background of their own.
    if mime == "image/png" {
        small
            .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
            .map_err(failed)?;
        return Ok(Some(("image/png", out)));
    }
    JpegEncoder::new_with_quality(&mut out, QUALITY)
        .encode_image(&small.to_rgb8())
        .map_err(failed)?;
    Ok(Some(("image/jpeg", out)))
}

impl Device {
    /// A photo as a `data:` URL, with this longest side in pixels if a size is given.
    ///
    /// # Errors
    /// `photo_not_here` for one that another device took and that has not come, or has been let go of; `no_photo` for
    /// what names none; `not_an_image`.
    pub fn photo_url(&self, value: &str, size: Option<u32>) -> Result<String, AppError> {
        let hash = Self::photo_hash(value)?;
        if !self.store.has_photo(&hash)? {
            self.thumbnails.forget(&hash);
            return Err(AppError::new("photo_not_here", "not here"));
        }
        let size = size.map(|size| size.clamp(*SIZES.start(), *SIZES.end()));
        if let Some(url) = size.and_then(|size| self.thumbnails.get(&hash, size)) {
            return Ok(url);
        }
        let (mime, body) = self.stored(value)?;
        let small = match size {
            Some(size) => shrunk(&mime, &body, size)?,
            None => None,
        };
        let url = match &small {
            Some((mime, body)) => format!("data:{mime};base64,{}", BASE64.encode(body)),
            None => format!("data:{mime};base64,{}", BASE64.encode(&body)),
        };
        if let (Some(size), Some(_)) = (size, &small) {
            let url = url.clone();
            self.thumbnails.put(Thumbnail { hash, size, url });
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GenericImageView, RgbaImage};

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        DynamicImage::ImageRgba8(RgbaImage::new(width, height))
            .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
            .unwrap();
        out
    }

    #[test]
    fn a_photo_is_shrunk_to_its_longest_side_and_a_drawing_keeps_its_clear_ground() {
        let mut photo = Vec::new();
        JpegEncoder::new(&mut photo)
            .encode_image(&DynamicImage::new_rgb8(1600, 1200))
            .unwrap();
        let (mime, small) = shrunk("image/jpeg", &photo, 240).unwrap().unwrap();
        let seen = image::load_from_memory(&small).unwrap();
        assert_eq!((mime, seen.dimensions()), ("image/jpeg", (240, 180)));
        let (mime, small) = shrunk("image/png", &png(100, 400), 64).unwrap().unwrap();
        let seen = image::load_from_memory(&small).unwrap();
        assert_eq!((mime, seen.dimensions()), ("image/png", (16, 64)));
        assert_eq!(seen.to_rgba8().get_pixel(3, 3).0[3], 0);
        assert!(shrunk("image/png", &png(60, 60), 64).unwrap().is_none());
        assert_eq!(
            shrunk("image/jpeg", b"no picture", 64).unwrap_err().code,
            "not_an_image"
        );
    }

    #[test]
    fn thumbnails_wanted_longest_ago_make_room_and_one_that_is_gone_is_forgotten() {
        let kept = Thumbnails::default();
        for n in 0..9 {
            kept.put(Thumbnail {
                hash: [n; 32],
                size: 240,
                url: "x".repeat(KEPT / 8),
            });
            kept.get(&[0; 32], 240);
        }
        assert!(kept.get(&[0; 32], 240).is_some() && kept.get(&[8; 32], 240).is_some());
        assert!(kept.get(&[1; 32], 240).is_none() && kept.get(&[8; 32], 480).is_none());
        kept.forget(&[8; 32]);
        assert!(kept.get(&[8; 32], 240).is_none());
    }
}
