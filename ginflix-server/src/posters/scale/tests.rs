use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

const RED: Rgb<u8> = Rgb([220, 20, 30]);
const BLUE: Rgb<u8> = Rgb([20, 40, 220]);

/// Returns a picture whose upper half is red, and whose lower half is blue.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |_, y| if y < height / 2 { RED } else { BLUE })
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 95).encode_image(picture).unwrap();
    file
}

fn png(pixels: &[u8], (width, height): (u32, u32), colours: ExtendedColorType) -> Vec<u8> {
    let mut file = Vec::new();
    PngEncoder::new(&mut file).write_image(pixels, width, height, colours).unwrap();
    file
}

fn webp(picture: &RgbImage) -> Vec<u8> {
    encode(picture, 90.0).unwrap().to_vec()
}

/// Returns a chunk of a PNG file (section 5.3 of its specification).
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let content = [kind, data].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&content);
    let length = (data.len() as u32).to_be_bytes();
    [&length[..], &content, &crc.sum().to_be_bytes()].concat()
}

/// Returns a PNG file that ends after the header and the beginning of its data.
fn png_header(width: u32, height: u32, depth: u8, colour_type: u8) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    let header = chunk(b"IHDR", &[&size[..], &[depth, colour_type, 0, 0, 0]].concat());
    [b"\x89PNG\r\n\x1a\n", &header[..], &chunk(b"IDAT", b"")].concat()
}

fn decoded(picture: &Bytes) -> RgbImage {
    image::load_from_memory_with_format(picture, image::ImageFormat::WebP).unwrap().into_rgb8()
}

fn both(file: &[u8]) -> [RgbImage; 2] {
    let pictures = scale(file).unwrap();
    PosterWidth::ALL.map(|width| decoded(&pictures.get(width)))
}

fn is_near(pixel: Rgb<u8>, other: Rgb<u8>) -> bool {
    pixel.0.iter().zip(other.0).all(|(a, b)| a.abs_diff(b) < 25)
}

fn is_broken(file: &[u8]) -> bool {
    matches!(scale(file), Err(PictureError::Broken(_)))
}

#[test]
fn every_format_becomes_both_widths() {
    let picture = halves(1000, 1500);
    let rgb = png(&picture, picture.dimensions(), ExtendedColorType::Rgb8);
    for file in [jpeg(&picture), rgb, webp(&picture)] {
        let [small, large] = both(&file);
        assert_eq!((small.dimensions(), large.dimensions()), ((256, 384), (640, 960)));
        for scaled in [small, large] {
            let (width, height) = scaled.dimensions();
            assert!(is_near(*scaled.get_pixel(width / 2, height / 4), RED));
            assert!(is_near(*scaled.get_pixel(width / 2, height / 4 * 3), BLUE));
        }
    }
}

#[test]
fn pictures_cover_a_card_and_are_never_larger_than_the_file() {
    let sizes = |size| (fit(size, 256), fit(size, 640));
    assert_eq!(sizes((2000, 3000)), ((256, 384), (640, 960)));
    assert_eq!(sizes((300, 450)), ((256, 384), (300, 450)));
    assert_eq!(sizes((1, 1)), ((1, 1), (1, 1)));
    // A wide picture covers a card by its height.
    assert_eq!(sizes((1920, 1080)), ((683, 384), (1707, 960)));
    // A strip would be very long.
    assert_eq!(sizes((8192, 500)), ((1024, 63), (2560, 156)));
    assert_eq!(sizes((1, 8192)), ((1, 1024), (1, 2560)));
}

#[test]
fn what_is_transparent_becomes_white() {
    // A transparent pixel may have any colour.
    let picture = RgbaImage::from_fn(300, 450, |x, _| match x {
        ..150 => Rgba([255, 0, 255, 0]),
        _ => Rgba([20, 40, 220, 255]),
    });
    let eight = png(&picture, picture.dimensions(), ExtendedColorType::Rgba8);
    let sixteen: Vec<u8> =
        picture.iter().flat_map(|c| (u16::from(*c) * 257).to_ne_bytes()).collect();
    let sixteen = png(&sixteen, picture.dimensions(), ExtendedColorType::Rgba16);
    for file in [eight, sixteen] {
        let [small, _] = both(&file);
        assert!(is_near(*small.get_pixel(20, 20), Rgb([255, 255, 255])));
        assert!(is_near(*small.get_pixel(240, 20), BLUE));
    }
    assert_eq!(blend(100, 128, 255), 177);
}

/// Returns the segment of a JPEG file that has a camera's metadata: an orientation and a place (Exif 2.3, section 4.5).
fn exif(orientation: u16) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let [high, low] = orientation.to_be_bytes();
    let tiff = [
        b"MM\0\x2a\0\0\0\x08\0\x02",
        &entry(0x0112, 3, 1, [high, low, 0, 0])[..],
        &entry(0x010e, 2, 20, [0, 0, 0, 38]),
        &[0; 4],
        b"GPS 52.5200N 13.405E",
    ]
    .concat();
    let content = [b"Exif\0\0", &tiff[..]].concat();
    [b"\xff\xe1", &(content.len() as u16 + 2).to_be_bytes()[..], &content].concat()
}

#[test]
fn a_picture_is_turned_as_the_camera_was_held_and_loses_what_else_the_camera_wrote() {
    let file = jpeg(&halves(600, 400));
    let with = |orientation| [&file[..2], &exif(orientation), &file[2..]].concat();
    let [_, upright] = both(&with(1));
    assert_eq!(upright.dimensions(), (600, 400));
    // Turned by 90° to the right, what was above is at the right.
    let [_, turned] = both(&with(6));
    assert_eq!(turned.dimensions(), (400, 600));
    assert!(is_near(*turned.get_pixel(350, 300), RED));
    assert!(is_near(*turned.get_pixel(50, 300), BLUE));
    let [_, upside_down] = both(&with(3));
    assert!(is_near(*upside_down.get_pixel(300, 300), RED));
    assert!(with(6).windows(4).any(|bytes| bytes == b"13.4"));
    let pictures = scale(&with(6)).unwrap();
    for width in PosterWidth::ALL {
        let content = pictures.get(width);
        for text in [&b"13.4"[..], b"Exif", b"EXIF", b"GPS"] {
            assert!(!content.windows(text.len()).any(|bytes| bytes == text), "{text:?}");
        }
    }
}

#[test]
fn a_large_photo_is_turned_after_it_is_reduced() {
    let file = jpeg(&halves(3000, 2000));
    let [small, large] = both(&[&file[..2], &exif(6), &file[2..]].concat());
    assert_eq!((small.dimensions(), large.dimensions()), ((256, 384), (640, 960)));
    assert!(is_near(*large.get_pixel(600, 480), RED));
}

#[test]
fn what_follows_a_picture_is_left_behind() {
    let script = b"<html><script>alert(1)</script><svg onload=alert(1)>";
    let picture = halves(200, 300);
    let rgb = png(&picture, picture.dimensions(), ExtendedColorType::Rgb8);
    for file in [jpeg(&picture), rgb, webp(&picture)] {
        let pictures = scale(&[&file[..], script].concat()).unwrap();
        for width in PosterWidth::ALL {
            let content = pictures.get(width);
            assert!(content.starts_with(b"RIFF"));
            assert!(!content.windows(8).any(|bytes| bytes == b"<script>"));
        }
    }
}

#[test]
fn a_file_that_is_cut_short_is_broken() {
    // Noise, so that the data are long.
    let picture = RgbImage::from_fn(200, 300, |x, y| {
        let mixed = (x * 7919 + y * 104_729).wrapping_mul(2_654_435_761);
        Rgb([(mixed >> 8) as u8, (mixed >> 16) as u8, (mixed >> 24) as u8])
    });
    let rgb = png(&picture, picture.dimensions(), ExtendedColorType::Rgb8);
    for file in [jpeg(&picture), rgb, webp(&picture)] {
        assert!(scale(&file).is_ok());
        for part in [file.len() / 10, file.len() / 2, file.len() * 9 / 10] {
            assert!(is_broken(&file[..part]), "{part} of {} bytes: {:?}", file.len(), &file[..4]);
        }
    }
}

#[test]
fn a_marker_in_the_metadata_is_not_the_end() {
    let file = jpeg(&halves(200, 300));
    let thumbnail = b"\xff\xe1\0\x0aExif\0\0\xff\xd9";
    let cut = [&file[..2], thumbnail, &file[2..file.len() - 2]].concat();
    assert!(is_broken(&cut));
    let whole = [&file[..2], thumbnail, &file[2..]].concat();
    assert!(scale(&whole).is_ok());
}

#[test]
fn the_memory_of_a_picture_is_judged_before_it_is_decoded() {
    // 128 MB of pixels, of which the file has none.
    assert!(matches!(scale(&png_header(4000, 4000, 16, 6)), Err(PictureError::Memory)));
    assert!(is_broken(&png_header(4000, 4000, 8, 6)));
    assert!(is_broken(&png_header(20_000, 20_000, 8, 2)));
}

#[test]
fn an_animated_png_becomes_its_still_picture() {
    let picture = halves(200, 300);
    let file = png(&picture, picture.dimensions(), ExtendedColorType::Rgb8);
    let number = |value: u32| value.to_be_bytes();
    let control = chunk(b"acTL", &[number(2), number(0)].concat());
    let frame = [
        &[number(1), number(200), number(300), number(0), number(0)].concat()[..],
        &[0, 1, 0, 10, 0, 0],
    ]
    .concat();
    let frame = [chunk(b"fcTL", &frame), chunk(b"fdAT", &[&number(2)[..], b"none"].concat())];
    let (before_end, end) = file.split_at(file.len() - 12);
    // The header ends after 33 bytes.
    let animated = [&before_end[..33], &control, &before_end[33..], &frame.concat(), end].concat();
    let [small, _] = both(&animated);
    assert!(is_near(*small.get_pixel(100, 50), RED));
}

#[test]
fn an_animated_webp_becomes_its_first_frame() {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let length = (data.len() as u32).to_le_bytes();
        [&kind[..], &length, data, &vec![0; data.len() % 2]].concat()
    };
    let size = |pixels: u32| (pixels - 1).to_le_bytes()[..3].to_vec();
    let canvas = [&[2, 0, 0, 0][..], &size(200), &size(300)].concat();
    let frame = |picture: RgbImage| {
        let position = [&[0; 6][..], &size(200), &size(300), &[100, 0, 0, 0]].concat();
        chunk(b"ANMF", &[position, webp(&picture)[12..].to_vec()].concat())
    };
    let content = [
        b"WEBP".to_vec(),
        chunk(b"VP8X", &canvas),
        chunk(b"ANIM", &[0; 6]),
        frame(halves(200, 300)),
        frame(RgbImage::new(200, 300)),
    ]
    .concat();
    let animated = [b"RIFF", &(content.len() as u32).to_le_bytes()[..], &content].concat();
    let [small, _] = both(&animated);
    assert_eq!(small.dimensions(), (200, 300));
    assert!(is_near(*small.get_pixel(100, 50), RED));
    assert!(is_near(*small.get_pixel(100, 250), BLUE));
}

fn files() -> Vec<Vec<u8>> {
    let picture = halves(40, 60);
    let transparent = RgbaImage::from_pixel(40, 60, Rgba([1, 2, 3, 100]));
    vec![
        jpeg(&picture),
        png(&picture, picture.dimensions(), ExtendedColorType::Rgb8),
        png(&transparent, transparent.dimensions(), ExtendedColorType::Rgba8),
        webp(&picture),
    ]
}

proptest! {
    #[test]
    fn no_damage_makes_it_panic(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut file = files().swap_remove(which);
        for (index, byte) in changes {
            let length = file.len();
            file[index.index(length)] = byte;
        }
        if is_cut {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(pictures) = scale(&file) {
            for width in PosterWidth::ALL {
                prop_assert!(pictures.get(width).starts_with(b"RIFF"));
            }
        }
    }
}
