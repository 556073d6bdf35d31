//! Decodes a picture within limits and scales it to each width: a pure function of its bytes.
//!
//! The decoders are written in Rust. The result has the pixels and nothing else: no place where a photo was taken, and
//! nothing that follows the picture in the file.

use std::io::Cursor;

use bytes::Bytes;
use ginflix_api::poster::{self, MAX_PIXELS, PosterWidth};
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, Limits, RgbImage};
use webpx::{Encoder, Unstoppable};

/// The bytes that the pixels of a picture may take: four for each, which leaves pictures of 16 bits a colour half as many pixels.
const PIXELS_LIMIT_BYTES: u64 = 4 * MAX_PIXELS as u64;
/// The bytes that a decoder may allocate beside the pixels, such as for metadata.
const DECODER_LIMIT_BYTES: u64 = 32 << 20;
/// The effort of the encoder, of 6.
const METHOD: u8 = 5;
/// The most pixels of the longer side, in widths. It bounds pictures that are very wide or very high.
const LONGEST_SIDE_WIDTHS: f64 = 4.0;

/// The reason why a poster has no pictures.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// It does not decode, for this reason.
    #[error(
        "the poster is cut short or broken, so that it cannot be shown: save it again with an image editor, \
         or choose another picture"
    )]
    Broken(String),
    /// Its pixels take more memory than allowed.
    #[error(
        "this picture has more colours than a poster needs, and takes too much memory: save it as a JPEG, \
         or make it smaller"
    )]
    Memory,
    /// The encoder fails, which is a fault of the server, such as a lack of memory.
    #[error("cannot encode a picture: {0}")]
    Encoding(String),
}

/// The pictures of a poster, one of each width, as WebP.
#[derive(Debug, Clone)]
pub struct ScaledPictures([Bytes; PosterWidth::ALL.len()]);

impl ScaledPictures {
    /// Combines the pictures, in the order of [`PosterWidth::ALL`].
    pub fn new(pictures: [Bytes; PosterWidth::ALL.len()]) -> Self {
        Self(pictures)
    }

    /// Returns the picture of this width.
    pub fn get(&self, width: PosterWidth) -> Bytes {
        let [small, large] = &self.0;
        match width {
            PosterWidth::Small => small.clone(),
            PosterWidth::Large => large.clone(),
        }
    }
}

/// Decodes a poster, and scales it to each width. An animated picture becomes its first frame, and what is transparent
/// becomes white.
///
/// # Errors
/// The picture does not decode, or needs too much memory.
pub fn scale(picture: &[u8]) -> Result<ScaledPictures, PictureError> {
    let (pixels, orientation) = decode(picture)?;
    let large = PosterWidth::Large.pixels();
    let large_size = fit(oriented_size(&pixels, orientation), large);
    let mut pixels = reduce(pixels, large_size, orientation);
    pixels.apply_orientation(orientation);
    let large = resize(pixels.into_rgb8(), large_size);
    let small_size = fit(large.dimensions(), PosterWidth::Small.pixels());
    let encoded_large = encode(&large, quality(PosterWidth::Large))?;
    let encoded_small = encode(&resize(large, small_size), quality(PosterWidth::Small))?;
    Ok(ScaledPictures::new([encoded_small, encoded_large]))
}

/// The quality of the pictures, of 100, by their width. Above that, files grow much faster than what one sees of it, in small
/// pictures still less.
fn quality(width: PosterWidth) -> f32 {
    match width {
        PosterWidth::Small => 68.0,
        PosterWidth::Large => 75.0,
    }
}

fn broken(why: impl ToString) -> PictureError {
    PictureError::Broken(why.to_string())
}

/// Decodes a picture, and lays it on white. Returns how it has to be turned.
fn decode(picture: &[u8]) -> Result<(DynamicImage, Orientation), PictureError> {
    let bytes = Cursor::new(picture);
    match poster::content_type(picture).map_err(broken)? {
        "image/jpeg" if !has_end_of_image(picture) => Err(broken("it has no end")),
        "image/jpeg" => decode_by(JpegDecoder::new(bytes).map_err(broken)?),
        "image/png" => decode_by(PngDecoder::with_limits(bytes, limits()).map_err(broken)?),
        _ => decode_by(WebPDecoder::new(bytes).map_err(broken)?),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(poster::MAX_SIDE_PIXELS as u32);
    limits.max_image_height = Some(poster::MAX_SIDE_PIXELS as u32);
    limits.max_alloc = Some(PIXELS_LIMIT_BYTES + DECODER_LIMIT_BYTES);
    limits
}

fn decode_by(mut decoder: impl ImageDecoder) -> Result<(DynamicImage, Orientation), PictureError> {
    // The header that was looked at before may contradict what the decoder found.
    let (width, height) = decoder.dimensions();
    poster::check_dimensions(width as usize, height as usize).map_err(broken)?;
    if decoder.total_bytes() > PIXELS_LIMIT_BYTES {
        return Err(PictureError::Memory);
    }
    decoder.set_limits(limits()).map_err(broken)?;
    // A picture whose metadata are broken is shown as it is stored.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(broken)?;
    // Before it is scaled, so that the colours of transparent pixels do not mix with others.
    lay_on_white(&mut pixels);
    Ok((pixels, orientation))
}

/// Returns whether a JPEG file has the marker at its end (ITU-T T.81, section B.1.1.3): a decoder completes a file that was cut
/// short with grey. In the compressed data the marker does not occur, in segments before them it may.
fn has_end_of_image(jpeg: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
    let mut rest = jpeg.get(2..).unwrap_or_default();
    loop {
        match rest {
            [0xff, START_OF_SCAN, data @ ..] => {
                return data.windows(END_OF_IMAGE.len()).any(|bytes| bytes == END_OF_IMAGE);
            }
            [0xff, 0xff, ..] => rest = rest.get(1..).unwrap_or_default(),
            [0xff, 0x01 | 0xd0..=0xd8, after @ ..] => rest = after,
            [0xff, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low])) + 2;
                rest = rest.get(length..).unwrap_or_default();
            }
            // A decoder skips what is no marker.
            [_, after @ ..] if after.len() > 2 => rest = after,
            _ => return false,
        }
    }
}

/// Lays a picture with transparent pixels on white, in place.
fn lay_on_white(picture: &mut DynamicImage) {
    match picture {
        DynamicImage::ImageLumaA8(pixels) => pixels.pixels_mut().for_each(|p| blend8(&mut p.0)),
        DynamicImage::ImageRgba8(pixels) => pixels.pixels_mut().for_each(|p| blend8(&mut p.0)),
        DynamicImage::ImageLumaA16(pixels) => pixels.pixels_mut().for_each(|p| blend16(&mut p.0)),
        DynamicImage::ImageRgba16(pixels) => pixels.pixels_mut().for_each(|p| blend16(&mut p.0)),
        _ => {}
    }
}

fn blend8(pixel: &mut [u8]) {
    if let Some((alpha, colours)) = pixel.split_last_mut() {
        for colour in colours {
            *colour = blend(u64::from(*colour), u64::from(*alpha), 0xff) as u8;
        }
        *alpha = u8::MAX;
    }
}

fn blend16(pixel: &mut [u16]) {
    if let Some((alpha, colours)) = pixel.split_last_mut() {
        for colour in colours {
            *colour = blend(u64::from(*colour), u64::from(*alpha), 0xffff) as u16;
        }
        *alpha = u16::MAX;
    }
}

/// Blends a colour with white. All are at most `most`, and so is the result.
fn blend(colour: u64, alpha: u64, most: u64) -> u64 {
    (colour * alpha + most * (most - alpha) + most / 2) / most
}

fn turns_sideways(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Returns the size of a picture after it is turned.
fn oriented_size(picture: &DynamicImage, orientation: Orientation) -> (u32, u32) {
    let (width, height) = (picture.width(), picture.height());
    if turns_sideways(orientation) { (height, width) } else { (width, height) }
}

/// Returns the size of a picture that covers a card of this width, which is 2:3. It is never larger than the picture.
fn fit((width, height): (u32, u32), card_width: u32) -> (u32, u32) {
    let (width, height, card) = (f64::from(width), f64::from(height), f64::from(card_width));
    let covers = (card / width).max(card * 1.5 / height);
    let factor = covers.min(card * LONGEST_SIDE_WIDTHS / width.max(height)).min(1.0);
    let scaled = |side: f64| ((side * factor).round() as u32).max(1);
    (scaled(width), scaled(height))
}

/// Reduces a picture to about twice the size that is needed, which takes no further memory and little time.
fn reduce(picture: DynamicImage, size: (u32, u32), orientation: Orientation) -> DynamicImage {
    let (width, height) = if turns_sideways(orientation) { (size.1, size.0) } else { size };
    match picture.width() > 2 * width && picture.height() > 2 * height {
        true => picture.thumbnail_exact(2 * width, 2 * height),
        false => picture,
    }
}

fn resize(picture: RgbImage, (width, height): (u32, u32)) -> RgbImage {
    match picture.dimensions() == (width, height) {
        true => picture,
        false => image::imageops::resize(&picture, width, height, FilterType::Lanczos3),
    }
}

fn encode(picture: &RgbImage, quality: f32) -> Result<Bytes, PictureError> {
    Encoder::new_rgb(picture, picture.width(), picture.height())
        .quality(quality)
        .method(METHOD)
        .sharp_yuv(true)
        .encode(Unstoppable)
        .map(Bytes::from)
        .map_err(|error| PictureError::Encoding(error.to_string()))
}

#[cfg(test)]
mod tests;
