//! Arbitrary and damaged content.

pub(crate) mod build;

use ginflix_api::inspection::Tags;
use proptest::prelude::*;

use self::build::{attachments, item, level, matroska, mp4_with_items, png, tag, tags};
use super::*;

fn inspect_bytes(content: &[u8]) -> Inspection {
    inspect(&content, Budget::default()).expect("bytes in memory can be read")
}

#[test]
fn an_empty_file_is_of_no_known_format() {
    assert_eq!(inspect_bytes(b"").container, Container::Unknown);
}

/// Files with tags and a cover.
fn whole_files() -> [Vec<u8>; 2] {
    let items = [
        item(b"\xA9day", 1, &[b"1999"]),
        item(b"\xA9gen", 1, &[b"Drama", b"Crime"]),
        item(b"gnre", 0, &[&[0, 3]]),
        item(b"tvsn", 21, &[&[0, 0, 0, 1]]),
        item(b"covr", 14, &[&png(200)]),
        item(b"----", 1, &[b"<key>cast</key>"]),
    ];
    let picture = png(200);
    let elements = [
        tags(&[
            tag(&[level(60)], &[("PART_NUMBER", "1")]),
            tag(&[], &[("DATE_RELEASED", "1999"), ("GENRE", "Drama")]),
        ]),
        attachments(&[("cover.png", "image/png", &picture)]),
    ];
    [mp4_with_items(&items), matroska(&elements)]
}

#[test]
fn whole_files_have_tags_and_a_cover() {
    for content in whole_files() {
        let Tags { year, season, .. } = inspect_bytes(&content).tags;
        assert_eq!((year, season), (Some(1999), Some(1)));
        let cover = cover::read(&content.as_slice(), Budget::default()).unwrap();
        assert_eq!(cover.unwrap().bytes, png(200));
    }
}

/// Fails if the tags exceed their limits.
fn assert_within_limits(tags: &Tags) {
    let lists = [&tags.genres, &tags.directors, &tags.cast];
    assert!(lists.iter().all(|names| names.len() <= ginflix_api::movie::MAX_NAMES));
}

proptest! {
    #[test]
    fn damaged_files_have_some_tags_and_covers(
        file in 0..2_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        end in any::<prop::sample::Index>(),
    ) {
        let mut content = whole_files()[file].clone();
        for (at, byte) in changes {
            let at = at.index(content.len());
            content[at] = byte;
        }
        for content in [&content[..], &content[..end.index(content.len())]] {
            assert_within_limits(&inspect_bytes(content).tags);
            cover::read(&content, Budget::default()).expect("bytes in memory can be read");
        }
    }

    #[test]
    fn arbitrary_content_is_inspected(mut content in proptest::collection::vec(any::<u8>(), 0..2048), kind in 0..3_usize) {
        let start: [&[u8]; 3] = [b"\0\0\0\x08moov", b"\x1A\x45\xDF\xA3\x80\x18\x53\x80\x67\xFF", b""];
        content.splice(..0, start[kind].iter().copied());
        inspect_bytes(&content);
    }
}
