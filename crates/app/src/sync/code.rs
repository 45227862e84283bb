//! A hub's QR code, read from a photo of the screen or the paper that shows it.

use crate::{error::AppError, visit::picture};

/// Longest edge in which codes are looked for: more pixels take longer and show nothing more.
const EDGES: [u32; 2] = [1200, 2400];
/// Longest text that a hub's code has.
const MAX_TEXT: usize = 1024;

/// The text of the first code in a photo.
///
/// # Errors
/// `not_an_image`, `photo_too_large`, `no_code`.
pub(crate) fn read_code(photo: &[u8]) -> Result<String, AppError> {
    let whole = picture(photo)?;
    for edge in EDGES {
        let small = if whole.width().max(whole.height()) > edge {
            whole.thumbnail(edge, edge).into_luma8()
        } else {
            whole.to_luma8()
        };
        let (width, height) = (small.width() as usize, small.height() as usize);
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| {
            let (x, y) = (u32::try_from(x), u32::try_from(y));
            match (x, y) {
                (Ok(x), Ok(y)) if x < small.width() && y < small.height() => {
                    small.get_pixel(x, y).0[0]
                }
                _ => u8::MAX,
            }
        });
        for grid in prepared.detect_grids() {
            if let Ok((_, text)) = grid.decode()
                && text.len() <= MAX_TEXT
            {
                return Ok(text);
            }
        }
    }
    Err(AppError::new("no_code", "no code in the photo"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GrayImage, ImageFormat, Luma};
    use qrcode::{Color, QrCode};
    use std::io::Cursor;

    /// A photo of the code: turned by a few degrees, not sharp, on a grey table.
    fn photo(text: &str, degrees: f32) -> Vec<u8> {
        let code = QrCode::new(text).unwrap();
        let (modules, width) = (code.to_colors(), code.width());
        let (size, scale) = (1600u32, 14.0f32);
        let side = width as f32 * scale;
        let (sin, cos) = degrees.to_radians().sin_cos();
        let picture = GrayImage::from_fn(size, size, |x, y| {
            let (x, y) = (x as f32 - size as f32 / 2.0, y as f32 - size as f32 / 2.0);
            let (u, v) = (
                x * cos + y * sin + side / 2.0,
                y * cos - x * sin + side / 2.0,
            );
            let quiet = 4.0 * scale;
            if u < -quiet || v < -quiet || u > side + quiet || v > side + quiet {
                return Luma([140]);
            }
            if u < 0.0 || v < 0.0 || u >= side || v >= side {
                return Luma([225]);
            }
            let at = (v / scale) as usize * width + (u / scale) as usize;
            Luma([if modules[at] == Color::Dark { 40 } else { 225 }])
        });
        let blurred = DynamicImage::ImageLuma8(picture).blur(2.0);
        let mut bytes = Vec::new();
        blurred
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Jpeg)
            .unwrap();
        bytes
    }

    #[test]
    fn the_code_of_a_hub_is_read_from_a_photo_that_is_neither_straight_nor_sharp() {
        let text = "LAWANG-HUB https://192.168.1.5:8443 9f86d081884c7d65";
        for degrees in [0.0, 7.0, -20.0] {
            assert_eq!(read_code(&photo(text, degrees)).unwrap(), text, "{degrees}");
        }
    }

    #[test]
    fn a_photo_without_a_code_and_no_photo_at_all_are_said_in_words() {
        let mut empty = Vec::new();
        DynamicImage::ImageLuma8(GrayImage::from_pixel(300, 300, Luma([90])))
            .write_to(&mut Cursor::new(&mut empty), ImageFormat::Png)
            .unwrap();
        assert_eq!(read_code(&empty).unwrap_err().code, "no_code");
        assert_eq!(read_code(b"PK").unwrap_err().code, "not_an_image");
    }
}
