use std::sync::Arc;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::*;

fn png(colour: u8) -> Bytes {
    let mut file = Vec::new();
    let pixels = [colour; 2 * 3 * 3];
    PngEncoder::new(&mut file).write_image(&pixels, 2, 3, ExtendedColorType::Rgb8).unwrap();
    file.into()
}

#[test]
fn a_version_is_hexadecimal() {
    let sha256 = "0123456789abcdef".repeat(4);
    assert_eq!(PosterVersion::parse(&sha256).unwrap().to_string(), "0123456789abcdef");
    for wrong in ["", "0123456789abcde", "../../../../etc/passwd", "0123456789ABCDEF", "012345678é"]
    {
        assert_eq!(PosterVersion::parse(wrong), None, "{wrong}");
    }
}

#[tokio::test]
async fn a_poster_is_checked_and_its_pictures_are_stored() {
    let dir = tempfile::tempdir().unwrap();
    let posters = Posters::start(dir.path()).unwrap();
    let poster = posters.check(png(1)).await.unwrap();
    assert_eq!((poster.content_type.as_str(), &poster.bytes[..]), ("image/png", &png(1)[..]));
    let version = version_of(&poster).unwrap();
    for width in PosterWidth::ALL {
        let stored = posters.0.files.read(&version, width).await;
        assert!(matches!(stored, Some(StoredPicture::Whole(_))), "{width:?}");
    }
    let broken = png(2).slice(..40);
    for _ in 0..2 {
        let refused = posters.check(broken.clone()).await;
        assert!(matches!(refused, Err(AppError::Damaged(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn as_many_as_allowed_wait_for_the_worker() {
    let dir = tempfile::tempdir().unwrap();
    let posters = Posters::start(dir.path()).unwrap();
    let places = posters.0.new_posters.acquire_many(NEW_POSTERS_LIMIT as u32).await.unwrap();
    let refused = posters.check(png(1)).await;
    assert!(matches!(refused, Err(AppError::Unavailable(_))), "{refused:?}");
    // Work in the background waits only for its turn.
    assert!(posters.check_in_turn(png(1)).await.is_ok());
    drop(places);
    assert!(posters.check(png(1)).await.is_ok());
}

#[tokio::test]
async fn many_posters_are_made_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let posters = Posters::start(dir.path()).unwrap();
    let checks = (0..40).map(|colour| {
        let posters = posters.clone();
        tokio::spawn(async move { posters.check_in_turn(png(colour)).await.is_ok() })
    });
    for check in checks.collect::<Vec<_>>() {
        assert!(check.await.unwrap());
    }
    assert_eq!(Arc::strong_count(&posters.0), 1);
}
