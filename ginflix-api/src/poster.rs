//! The rules for posters that need only the header of a picture, because its name and the content type that a client sends
//! prove nothing. The server also decodes it.

use std::io::Cursor;

use imagesize::{ImageError, ImageType};

/// The most pixels that each side of a poster may have.
pub const MAX_SIDE_PIXELS: usize = 8_192;
/// The most pixels a poster may have: 24 megapixels, as the largest posters of public databases (4000 × 6000) and the photos of
/// most cameras. Decoded, they take 96 MB of memory.
pub const MAX_PIXELS: usize = 24_000_000;

/// One of the widths in which the server sends posters. Smaller pictures keep their width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PosterWidth {
    /// For cards in lists.
    Small,
    /// For large pictures, and for cards on dense screens.
    Large,
}

impl PosterWidth {
    /// All widths, the smallest first.
    pub const ALL: [Self; 2] = [Self::Small, Self::Large];

    /// Returns the width in pixels.
    pub const fn pixels(self) -> u32 {
        match self {
            Self::Small => 256,
            Self::Large => 640,
        }
    }

    /// Returns the width of so many pixels; `None` for any other number.
    pub fn from_pixels(pixels: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|width| width.pixels() == pixels)
    }
}

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
    let (width, height) = dimensions(picture)?;
    check_dimensions(width, height)?;
    Ok(content_type)
}

/// Returns the width and the height of a picture in pixels, as its header says.
///
/// # Errors
/// `NotAPicture` if the header is incomplete.
pub fn dimensions(picture: &[u8]) -> Result<(usize, usize), PosterError> {
    let size = imagesize::reader_size(Cursor::new(picture));
    let size = size.map_err(|_: ImageError| PosterError::NotAPicture)?;
    Ok((size.width, size.height))
}

/// Checks the dimensions of a picture in pixels.
///
/// # Errors
/// `Dimensions`, if there are none or too many.
pub fn check_dimensions(width: usize, height: usize) -> Result<(), PosterError> {
    let is_side = |pixels| (1..=MAX_SIDE_PIXELS).contains(&pixels);
    match is_side(width) && is_side(height) && width * height <= MAX_PIXELS {
        true => Ok(()),
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
        assert!(content_type(&png(8_000, 3_000)).is_ok());
        for (width, height) in [(8_193, 1), (1, 8_193), (8_000, 3_001), (65_535, 65_535)] {
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
