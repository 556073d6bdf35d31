//! Posters: whatever a file has, it is refused or becomes two pictures of bounded size.
#![no_main]

use ginflix_api::poster::{self, PosterWidth};
use libfuzzer_sys::fuzz_target;

#[path = "../../ginflix-server/src/posters/scale.rs"]
#[allow(dead_code)]
mod scale;

/// The most pixels of a side of a scaled picture, in widths.
const LONGEST_SIDE_WIDTHS: usize = 4;
/// The most pixels of a picture that is decoded: more only take time.
const MAX_PIXELS: usize = 250_000;

fuzz_target!(|file: &[u8]| {
    let is_small = |(width, height): (usize, usize)| width.saturating_mul(height) <= MAX_PIXELS;
    if !poster::dimensions(file).is_ok_and(is_small) {
        return;
    }
    let Ok(pictures) = scale::scale(file) else { return };
    for width in PosterWidth::ALL {
        let picture = pictures.get(width);
        assert_eq!(poster::content_type(&picture), Ok("image/webp"));
        let most = LONGEST_SIDE_WIDTHS * width.pixels() as usize;
        let (wide, high) = poster::dimensions(&picture).expect("a header of a picture");
        assert!((1..=most).contains(&wide) && (1..=most).contains(&high), "{wide} × {high}");
    }
});
