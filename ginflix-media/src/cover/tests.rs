use super::*;
use crate::tests::build::{attachments, boxed, element, item, matroska, meta};
use crate::tests::build::{mp4 as movie, mp4_with_items, png};

fn cover(content: &[u8]) -> Option<Vec<u8>> {
    read(&content, Budget::default()).unwrap().map(|cover| cover.bytes)
}

#[test]
fn the_first_picture_of_mp4_counts() {
    let pictures = [&png(1)[..], &png(2)];
    assert_eq!(cover(&mp4_with_items(&[item(b"covr", 14, &pictures)])), Some(png(1)));
    let with_others = [&b"BM a bitmap"[..], b"", &png(2)];
    assert_eq!(cover(&mp4_with_items(&[item(b"covr", 0, &with_others)])), Some(png(2)));
    assert_eq!(cover(&mp4_with_items(&[item(b"\xA9nam", 1, &[&png(1)])])), None);
}

#[test]
fn metadata_of_quicktime_has_a_picture_too() {
    let content = movie(&[meta(&[item(b"covr", 14, &[&png(1)])])]);
    assert_eq!(cover(&content), Some(png(1)));
}

#[test]
fn the_cover_of_matroska_counts_before_other_pictures() {
    let (font, small, wide, tall) = (&b"a font"[..], &png(1)[..], &png(2)[..], &png(3)[..]);
    let files = [
        ("font.ttf", "font/ttf", font),
        ("small_cover.png", "image/png", small),
        ("cover_land.png", "image/png", wide),
        ("cover.png", "image/png", tall),
    ];
    assert_eq!(cover(&matroska(&[attachments(&files)])).as_deref(), Some(tall));
    assert_eq!(cover(&matroska(&[attachments(&files[..3])])).as_deref(), Some(wide));
    assert_eq!(cover(&matroska(&[attachments(&files[..2])])).as_deref(), Some(small));
    assert_eq!(cover(&matroska(&[attachments(&files[..1])])), None);
}

#[test]
fn attachments_after_the_clusters_are_found_by_the_seek_head() {
    let cluster = element(0x1F43_B675, &[0; 100]);
    let seek_head = |position: u64| {
        let seek =
            [element(0x53AB, &[0x19, 0x41, 0xA4, 0x69]), element(0x53AC, &position.to_be_bytes())];
        element(0x114D_9B74, &element(0x4DBB, &seek.concat()))
    };
    let position = seek_head(0).len() + cluster.len();
    let picture = png(1);
    let files = attachments(&[("cover.png", "image/png", &picture)]);
    let content = matroska(&[seek_head(position as u64), cluster.clone(), files.clone()]);
    assert_eq!(cover(&content), Some(png(1)));
    assert_eq!(cover(&matroska(&[seek_head(0), cluster, files])), None);
}

#[test]
fn a_picture_has_a_limit() {
    let padded = |length: u64| {
        let mut picture = png(1);
        picture.resize(length as usize, 0);
        picture
    };
    let largest = padded(MAX_POSTER_BYTES);
    assert_eq!(cover(&mp4_with_items(&[item(b"covr", 14, &[&largest])])), Some(largest));
    let larger = padded(MAX_POSTER_BYTES + 1);
    assert_eq!(cover(&mp4_with_items(&[item(b"covr", 14, &[&larger])])), None);
    assert_eq!(cover(&mp4_with_items(&[item(b"covr", 14, &[&larger, &png(1)])])), Some(png(1)));
}

#[test]
fn other_files_have_no_cover() {
    for content in [&b""[..], b"RIFF\0\0\0\0AVI LIST", &movie(&[]), &matroska(&[])] {
        assert_eq!(cover(content), None, "{content:?}");
    }
    let damaged = mp4_with_items(&[item(b"covr", 14, &[&png(1)])]);
    assert_eq!(cover(&damaged[..damaged.len() - 10]), None);
    assert_eq!(cover(&boxed(b"moov", b"")), None);
}

#[test]
fn an_error_of_reading_is_returned() {
    struct Broken;
    impl ReadAt for Broken {
        fn size(&self) -> io::Result<u64> {
            Ok(100)
        }
        fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
    let error = read(&Broken, Budget::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
}
