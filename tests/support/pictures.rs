//! Pictures that tests send as posters.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{
    DynamicImage, ExtendedColorType, GenericImageView, ImageEncoder, ImageFormat, Rgb, RgbImage,
};

use crate::random::Random;

/// Returns a PNG file of 2 × 3 pixels, with a number that makes it another one.
pub fn small(number: usize) -> Vec<u8> {
    let [.., red, green, blue] = number.to_be_bytes();
    png(&RgbImage::from_pixel(2, 3, Rgb([red, green, blue])))
}

/// Returns a PNG file of noise, which is about as long as its pixels: three bytes each.
pub fn noise(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    png(&RgbImage::from_fn(width, height, |_, _| {
        let [red, green, blue, ..] = random.next_u64().to_le_bytes();
        Rgb([red, green, blue])
    }))
}

/// The width and height of a grain of [`photo`].
const GRAIN_PIXELS: u32 = 4;

/// Returns a JPEG file that is as hard to compress as a photo: areas of several colours with edges between them, a gradient,
/// and some grain.
pub fn photo(width: u32, height: u32, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let shapes: [(f32, f32, f32, Rgb<u8>); 40] = std::array::from_fn(|_| {
        let mut part = || (random.next_u64() % 1000) as f32 / 1000.0;
        let colour = Rgb([part(), part(), part()].map(|part| (part * 255.0) as u8));
        (part(), part(), 0.02 + 0.2 * part() * part(), colour)
    });
    let grains: Vec<f32> =
        (0..width * height).map(|_| (random.next_u64() % 20) as f32 - 10.0).collect();
    let picture = RgbImage::from_fn(width, height, |x, y| {
        let (across, down) = (x as f32 / width as f32, y as f32 / width as f32);
        let inside = |(left, top, radius, _): &&(f32, f32, f32, Rgb<u8>)| {
            (across - left).hypot(down - top * 1.5) < *radius
        };
        let Rgb(colour) = shapes.iter().find(inside).map_or(Rgb([90, 80, 110]), |shape| shape.3);
        let block = (y / GRAIN_PIXELS * width + x / GRAIN_PIXELS) as usize;
        let grain = grains.get(block % grains.len()).map_or(0.0, |grain| *grain);
        Rgb(colour.map(|colour| (f32::from(colour) * (0.6 + 0.25 * down) + grain) as u8))
    });
    jpeg(&picture)
}

/// Encodes a picture as PNG.
pub fn png(picture: &RgbImage) -> Vec<u8> {
    let mut file = Vec::new();
    let (width, height) = picture.dimensions();
    PngEncoder::new(&mut file)
        .write_image(picture, width, height, ExtendedColorType::Rgb8)
        .unwrap();
    file
}

/// Encodes a picture as JPEG.
pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 90).encode_image(picture).unwrap();
    file
}

/// Decodes a picture that a server sent, and returns its size.
pub fn size_of_webp(file: &[u8]) -> (u32, u32) {
    let picture: DynamicImage =
        image::load_from_memory_with_format(file, ImageFormat::WebP).unwrap();
    picture.dimensions()
}

/// Returns a PNG file that is transparent everywhere, and short.
pub fn transparent(width: u32, height: u32) -> Vec<u8> {
    let pixels = vec![0; 4 * width as usize * height as usize];
    let mut file = Vec::new();
    PngEncoder::new(&mut file)
        .write_image(&pixels, width, height, ExtendedColorType::Rgba8)
        .unwrap();
    file
}
