//! The rule for posters: which pictures may be one. A picture is judged by its header, because its name
//! and the content type that a client sends prove nothing. It is never decoded.

use std::io::Cursor;

use imagesize::{ImageError, ImageType};

/// The most pixels that each side of a poster may have.
pub const MAX_SIDE_PIXELS: usize = 12_000;
/// The most pixels a poster may have: 40 megapixels, which a browser decodes to 160 MB.
pub const MAX_PIXELS: usize = 40_000_000;

/// The reason why a file cannot be a poster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PosterError {
    /// The file does not begin like a picture of a known type, or its header is incomplete.
    #[error("a poster must be a JPEG, PNG or WebP picture")]
    NotAPicture,
    /// The picture has too many pixels, or none.
    #[error(
        "a poster may have at most {MAX_SIDE_PIXELS} pixels a side and {} megapixels, and this picture has \
         {width} × {height} pixels: make it smaller, 1000 × 1500 pixels are plenty",
        MAX_PIXELS / 1_000_000
    )]
    Dimensions {
        /// The width in pixels.
        width: usize,
        /// The height in pixels.
        height: usize,
    },
}

/// Returns the content type of a picture that may be a poster: `image/jpeg`, `image/png` or
/// `image/webp`.
///
/// # Errors
/// The file is not such a picture, or has absurd dimensions.
pub fn content_type(picture: &[u8]) -> Result<&'static str, PosterError> {
    let content_type = match imagesize::image_type(picture) {
        Ok(ImageType::Jpeg) => "image/jpeg",
        Ok(ImageType::Png) if picture.get(12..16) == Some(b"IHDR") => "image/png",
        Ok(ImageType::Webp) => "image/webp",
        Ok(_) | Err(_) => return Err(PosterError::NotAPicture),
    };
    let size = imagesize::reader_size(Cursor::new(picture))
        .map_err(|_: ImageError| PosterError::NotAPicture)?;
    let (width, height) = (size.width, size.height);
    let is_side = |pixels| (1..=MAX_SIDE_PIXELS).contains(&pixels);
    match is_side(width) && is_side(height) && width * height <= MAX_PIXELS {
        true => Ok(content_type),
        false => Err(PosterError::Dimensions { width, height }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
        [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &size, b"\x08\x02\0\0\0"].concat()
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let size = [height.to_be_bytes(), width.to_be_bytes()].concat();
        // An empty segment of the application, then the frame.
        [&b"\xff\xd8\xff\xe0\0\x04JF\xff\xc0\0\x11\x08"[..], &size, b"\x03"].concat()
    }

    fn webp(width: u32, height: u32) -> Vec<u8> {
        let start = &b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0"[..];
        let side = |pixels: u32| (pixels - 1).to_le_bytes()[..3].to_vec();
        [start, &side(width), &side(height)].concat()
    }

    #[test]
    fn the_type_is_that_of_the_content() {
        assert_eq!(content_type(&jpeg(1000, 1500)), Ok("image/jpeg"));
        assert_eq!(content_type(&png(1000, 1500)), Ok("image/png"));
        assert_eq!(content_type(&webp(1000, 1500)), Ok("image/webp"));
    }

    #[test]
    fn a_file_without_the_header_of_a_picture_is_refused() {
        let wave = b"RIFF\x10\0\0\0WAVEfmt \0\0\0\0\0\0\0\0\0\0\0\0";
        let garbage = b"\x89PNG\r\n\x1a\n and the rest of a poster";
        for other in [&b""[..], b"<svg onload=alert(1)>", b"GIF89a\x01\0\x01\0", wave, garbage] {
            assert_eq!(content_type(other), Err(PosterError::NotAPicture), "{other:?}");
        }
        for picture in [jpeg(10, 15), png(10, 15), webp(10, 15)] {
            let cut = &picture[..picture.len() - 6];
            assert_eq!(content_type(cut), Err(PosterError::NotAPicture), "{cut:?}");
        }
    }

    #[test]
    fn absurd_dimensions_are_refused() {
        assert!(content_type(&png(12_000, 3_333)).is_ok());
        for (width, height) in [(12_001, 1), (1, 12_001), (8_000, 5_001), (65_535, 65_535)] {
            let refused = Err(PosterError::Dimensions { width, height });
            let (wide, high) = (width as u32, height as u32);
            assert_eq!(content_type(&png(wide, high)), refused);
            assert_eq!(content_type(&jpeg(wide as u16, high as u16)), refused);
            assert_eq!(content_type(&webp(wide, high)), refused);
        }
        let most =
            Err(PosterError::Dimensions { width: u32::MAX as usize, height: u32::MAX as usize });
        assert_eq!(content_type(&png(u32::MAX, u32::MAX)), most);
        assert_eq!(content_type(&png(0, 9)), Err(PosterError::Dimensions { width: 0, height: 9 }));
    }
}
