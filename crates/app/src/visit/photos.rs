//! Photos and signatures: checked, turned upright, shrunk, stripped, stored by their content.

use super::Whole;
use crate::{device::Device, error::AppError};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder,
};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::QuestionType;
use std::io::Cursor;

/// Largest file that is looked at.
const MAX_BYTES: usize = 25 * 1024 * 1024;
/// The questionnaire's parameter `max-pixels` may ask for another one, within these.
const EDGES: std::ops::RangeInclusive<u32> = 64..=4096;
/// Longest edge of what is kept: enough to read a KK, 200-300 KB.
const LONG_EDGE: u32 = 1600;
const QUALITY: u8 = 78;
/// A picture of more pixels than this is not decoded: it would fill the memory of a phone.
const MAX_EDGE: u32 = 12_000;

/// Makes of any image what is kept: upright, at most 1600 pixels long, JPEG without EXIF (drawings
/// with few colours stay PNG). Gives the kind and the bytes.
pub fn prepare_photo(bytes: &[u8]) -> Result<(&'static str, Vec<u8>), AppError> {
    prepare_photo_to(bytes, LONG_EDGE)
}

/// Any image, upright.
pub(crate) fn picture(bytes: &[u8]) -> Result<DynamicImage, AppError> {
    Ok(decoded(bytes)?.1)
}

fn decoded(bytes: &[u8]) -> Result<(Option<ImageFormat>, DynamicImage), AppError> {
    if bytes.len() > MAX_BYTES {
        return Err(AppError::new(
            "photo_too_large",
            format!("{} bytes", bytes.len()),
        ));
    }
    let bad = |what: String| AppError::new("not_an_image", what);
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|e| bad(e.to_string()))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_EDGE);
    limits.max_image_height = Some(MAX_EDGE);
    limits.max_alloc = Some(400 * 1024 * 1024);
    reader.limits(limits);
    let format = reader.format();
    let mut decoder = reader.into_decoder().map_err(|e| bad(e.to_string()))?;
    let orientation = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|e| bad(e.to_string()))?;
    picture.apply_orientation(orientation);
    Ok((format, picture))
}

/// The same with another longest edge in pixels.
fn prepare_photo_to(bytes: &[u8], long_edge: u32) -> Result<(&'static str, Vec<u8>), AppError> {
    let (format, mut picture) = decoded(bytes)?;
    if picture.width().max(picture.height()) > long_edge {
        picture = picture.thumbnail(long_edge, long_edge);
    }
    let mut out = Vec::new();
    let failed = |e: image::ImageError| AppError::new("not_an_image", e.to_string());
    if format == Some(ImageFormat::Png) && bytes.len() < 200 * 1024 {
        picture
            .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
            .map_err(failed)?;
        return Ok(("image/png", out));
    }
    JpegEncoder::new_with_quality(&mut out, QUALITY)
        .encode_image(&picture.to_rgb8())
        .map_err(failed)?;
    Ok(("image/jpeg", out))
}

/// The longest edge that a question asks for.
fn long_edge(parameters: &[(String, String)]) -> u32 {
    parameters
        .iter()
        .find(|(key, _)| key == "max-pixels")
        .and_then(|(_, value)| value.parse::<u32>().ok())
        .map_or(LONG_EDGE, |edge| edge.clamp(*EDGES.start(), *EDGES.end()))
}

impl Device {
    /// Takes a photo (or a signature) for a question; gives `sha256:<hex>`.
    pub fn add_photo(
        &mut self,
        household: HouseholdId,
        path: &FieldPath,
        bytes: &[u8],
    ) -> Result<String, AppError> {
        let open = self.open_visit(household, Whole::Visit)?;
        let question = open
            .form
            .question(path)
            .filter(|question| question.kind == QuestionType::Image)
            .ok_or_else(|| AppError::new("no_such_field", "no question for a photo").at(path))?;
        let edge = long_edge(&question.parameters);
        let (mime, body) = prepare_photo_to(bytes, edge).map_err(|e| e.at(path))?;
        let value = self.keep_bytes(household, mime.into(), &body)?;
        self.answer(household, path, &value, Whole::Visit)?;
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let picture = DynamicImage::new_rgb8(width, height);
        JpegEncoder::new(&mut out).encode_image(&picture).unwrap();
        out
    }

    #[test]
    fn a_photo_is_shrunk_to_1600_pixels_and_stays_a_jpeg() {
        let (mime, body) = prepare_photo(&jpeg(4000, 3000)).unwrap();
        assert_eq!(mime, "image/jpeg");
        let picture = image::load_from_memory(&body).unwrap();
        assert_eq!((picture.width(), picture.height()), (1600, 1200));
    }

    #[test]
    fn the_questionnaire_may_ask_for_smaller_or_larger_photos_within_reason() {
        let ask = |value: &str| long_edge(&[("max-pixels".to_owned(), value.to_owned())]);
        assert_eq!(
            (ask("800"), ask("99999"), ask("1"), ask("x")),
            (800, 4096, 64, 1600)
        );
        let (_, body) = prepare_photo_to(&jpeg(1000, 500), 800).unwrap();
        let picture = image::load_from_memory(&body).unwrap();
        assert_eq!((picture.width(), picture.height()), (800, 400));
    }

    #[test]
    fn exif_with_a_position_does_not_survive() {
        let mut bytes = jpeg(40, 30);
        let exif = b"\xff\xe1\x00\x14Exif\0\0GPSLatitude!";
        bytes.splice(2..2, exif.iter().copied());
        let (_, body) = prepare_photo(&bytes).unwrap();
        assert!(!body.windows(4).any(|w| w == b"Exif" || w == b"GPSL"));
    }

    #[test]
    fn eighty_megabytes_and_things_that_are_no_image_are_refused_in_words() {
        assert_eq!(
            prepare_photo(&vec![0; 80 * 1024 * 1024]).unwrap_err().code,
            "photo_too_large"
        );
        for junk in [
            &b""[..],
            b"%PDF-1.7 not a picture",
            &[0xff, 0xd8, 0xff, 0xe0, 0, 1],
        ] {
            assert_eq!(prepare_photo(junk).unwrap_err().code, "not_an_image");
        }
    }
}
