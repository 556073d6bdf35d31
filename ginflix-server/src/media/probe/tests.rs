//! Tests with small containers that are built here, and with arbitrary bytes.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn box_of(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = (body.len() as u32 + 8).to_be_bytes();
    [&size[..], kind, body].concat()
}

fn large_box_of(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = (body.len() as u64 + 16).to_be_bytes();
    [&1u32.to_be_bytes()[..], kind, &size, body].concat()
}

fn mvhd(timescale: u32, duration: u32) -> Vec<u8> {
    let times = [0; 12];
    let body = [&times[..], &timescale.to_be_bytes(), &duration.to_be_bytes(), &[0; 80]].concat();
    box_of(b"mvhd", &body)
}

fn mvhd_long(timescale: u32, duration: u64) -> Vec<u8> {
    let head = [1, 0, 0, 0];
    let body = [&head[..], &[0; 16], &timescale.to_be_bytes(), &duration.to_be_bytes(), &[0; 80]];
    box_of(b"mvhd", &body.concat())
}

fn seconds(content: &[u8]) -> Option<f64> {
    duration_seconds(&mut Cursor::new(content))
}

#[test]
fn the_moov_box_of_an_mp4_may_be_anywhere() {
    let (ftyp, mdat) = (box_of(b"ftyp", b"isom\0\0\0\0"), box_of(b"mdat", &[0; 100]));
    let moov = box_of(b"moov", &mvhd(1000, 2500));
    assert_eq!(seconds(&[&ftyp[..], &moov, &mdat].concat()), Some(2.5));
    assert_eq!(seconds(&[&ftyp[..], &mdat, &moov].concat()), Some(2.5));
    let large = large_box_of(b"mdat", &[0; 100]);
    let long = box_of(b"moov", &[box_of(b"udta", b"x"), mvhd_long(90_000, 90_000 * 7200)].concat());
    assert_eq!(seconds(&[&ftyp[..], &large, &long].concat()), Some(7200.0));
}

#[test]
fn a_fragmented_mp4_has_its_duration_in_mehd_or_not_at_all() {
    let ftyp = box_of(b"ftyp", b"iso5\0\0\0\0");
    let mehd = box_of(b"mehd", &[0, 0, 0, 0, 0, 0, 0x13, 0x88]);
    let moov = box_of(b"moov", &[mvhd(1000, 0), box_of(b"mvex", &mehd)].concat());
    assert_eq!(seconds(&[&ftyp[..], &moov].concat()), Some(5.0));
    for unknown in [0, u32::MAX] {
        let moov = box_of(b"moov", &mvhd(1000, unknown));
        assert_eq!(seconds(&[&ftyp[..], &moov].concat()), None);
    }
    assert_eq!(seconds(&[&ftyp[..], &box_of(b"moov", &mvhd(0, 5))].concat()), None);
}

/// Builds an EBML element whose size takes eight bytes.
fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
    let size = (body.len() as u64 | 1 << 56).to_be_bytes();
    [id, &size, body].concat()
}

#[test]
fn a_matroska_file_may_have_a_timestamp_scale() {
    let header = element(&matroska::EBML, b"\x42\x82\x84webm");
    let file = |info: &[u8]| {
        let inside = [element(&[0xEC], &[0; 30]), element(&[0x15, 0x49, 0xA9, 0x66], info)];
        [&header[..], &element(&[0x18, 0x53, 0x80, 0x67], &inside.concat())].concat()
    };
    let duration = element(&[0x44, 0x89], &2500.0f64.to_be_bytes());
    assert_eq!(seconds(&file(&duration)), Some(2.5));
    let single = element(&[0x44, 0x89], &2500.0f32.to_be_bytes());
    assert_eq!(seconds(&file(&single)), Some(2.5));
    let scale = element(&[0x2A, 0xD7, 0xB1], &[0x01, 0x86, 0xA0]);
    assert_eq!(seconds(&file(&[scale, duration].concat())), Some(0.25));
    assert_eq!(seconds(&file(b"")), None);
    let nonsense = element(&[0x44, 0x89], &f64::NAN.to_be_bytes());
    assert_eq!(seconds(&file(&nonsense)), None);
}

#[test]
fn the_segment_of_a_live_recording_has_an_unknown_size() {
    let info = element(&[0x15, 0x49, 0xA9, 0x66], &element(&[0x44, 0x89], &9e3f64.to_be_bytes()));
    let segment = [&[0x18, 0x53, 0x80, 0x67, 0x01][..], &[0xFF; 7], &info].concat();
    assert_eq!(seconds(&[element(&matroska::EBML, b""), segment].concat()), Some(9.0));
}

#[test]
fn other_content_has_no_duration() {
    for content in [&b""[..], b"short", b"not a film at all", &[0; 64]] {
        assert_eq!(seconds(content), None);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_give_a_valid_duration_or_none(
        mut content in prop::collection::vec(any::<u8>(), 0..400),
        start in prop_oneof![
            Just(&b"\0\0\0\x10ftypisom\0\0\0\0"[..]),
            Just(&b"\0\0\0\x01moov\0\0\0\0\0\0\x01\0\0\0\0lmvhd"[..]),
            Just(&[0x1A, 0x45, 0xDF, 0xA3, 0x80, 0x18, 0x53, 0x80, 0x67][..]),
        ],
        flips in prop::collection::vec((0usize..420, any::<u8>()), 0..8),
    ) {
        content.splice(0..0, start.iter().copied());
        for (at, byte) in flips {
            if let Some(place) = content.get_mut(at) {
                *place = byte;
            }
        }
        if let Some(seconds) = seconds(&content) {
            prop_assert!(seconds > 0.0 && seconds <= DURATION_LIMIT_SECONDS);
        }
    }
}
