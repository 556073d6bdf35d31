//! Durations of small files made here, of broken ones, and of noise.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

fn of_bytes(bytes: &[u8]) -> Option<f64> {
    of(&mut Cursor::new(bytes))
}

fn mp4_box(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, content].concat()
}

fn mvhd(scale: u32, duration: u32) -> Vec<u8> {
    let head = [&[0; 12][..], &scale.to_be_bytes(), &duration.to_be_bytes()].concat();
    mp4_box(b"mvhd", &[&head[..], &[0; 80]].concat())
}

fn mp4_file(parts: &[&[u8]]) -> Vec<u8> {
    [&mp4_box(b"ftyp", b"isom\0\0\0\0")[..], &parts.concat()].concat()
}

fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len()).unwrap() | 0x1000_0000;
    [id, &size.to_be_bytes(), content].concat()
}

fn webm_file(info: &[&[u8]]) -> Vec<u8> {
    let info = element(&[0x15, 0x49, 0xA9, 0x66], &info.concat());
    let void = element(&[0xEC], &[0; 30]);
    let ebml = element(&[0x1A, 0x45, 0xDF, 0xA3], &[0; 20]);
    // As ffmpeg writes to a pipe: a segment of unknown size.
    let segment = [0x18, 0x53, 0x80, 0x67, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    [ebml, segment.to_vec(), void, info].concat()
}

#[test]
fn an_mp4_says_it_wherever_its_index_is() {
    let moov = mp4_box(b"moov", &mvhd(600, 24_000));
    let mdat = mp4_box(b"mdat", &[7; 5000]);
    assert_eq!(of_bytes(&mp4_file(&[&moov, &mdat])), Some(40.0));
    assert_eq!(of_bytes(&mp4_file(&[&mdat, &moov])), Some(40.0));
}

#[test]
fn an_mp4_may_have_64_bit_numbers() {
    let head = [&[1, 0, 0, 0][..], &[0; 16], &1000_u32.to_be_bytes(), &90_500_u64.to_be_bytes()];
    let moov = mp4_box(b"moov", &mp4_box(b"mvhd", &head.concat()));
    let mdat = [&1_u32.to_be_bytes()[..], b"mdat", &1016_u64.to_be_bytes(), &[0; 1000]].concat();
    assert_eq!(of_bytes(&mp4_file(&[&mdat, &moov])), Some(90.5));
}

#[test]
fn a_webm_says_it_in_its_own_ticks() {
    let duration = element(&[0x44, 0x89], &40_008_f64.to_be_bytes());
    assert_eq!(of_bytes(&webm_file(&[&duration])), Some(40.008));
    let scale = element(&[0x2A, 0xD7, 0xB1], &[0x0F, 0x42, 0x40]);
    let short = element(&[0x44, 0x89], &1500_f32.to_be_bytes());
    assert_eq!(of_bytes(&webm_file(&[&scale, &short])), Some(1.5));
}

#[test]
fn what_makes_no_sense_is_not_known() {
    let moov = |mvhd: &[u8]| mp4_file(&[&mp4_box(b"moov", mvhd)]);
    assert_eq!(of_bytes(&moov(&mvhd(0, 100))), None);
    assert_eq!(of_bytes(&moov(&mvhd(600, 0))), None);
    assert_eq!(of_bytes(&moov(&mvhd(1, u32::MAX))), None);
    assert_eq!(of_bytes(&moov(&mvhd(1, 40_000_000))), None);
    assert_eq!(of_bytes(&moov(b"")), None);
    for ticks in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        assert_eq!(of_bytes(&webm_file(&[&element(&[0x44, 0x89], &ticks.to_be_bytes())])), None);
    }
    assert_eq!(of_bytes(b""), None);
    assert_eq!(of_bytes(b"bytes of a film"), None);
    // A box that says it is larger than the file.
    let mut cut = mp4_file(&[&mp4_box(b"moov", &mvhd(600, 24_000))]);
    cut.truncate(40);
    assert_eq!(of_bytes(&cut), None);
}

proptest! {
    #[test]
    fn noise_neither_panics_nor_hangs(noise in proptest::collection::vec(any::<u8>(), 0..300), webm: bool) {
        let start: &[u8] =
            if webm { &[0x1A, 0x45, 0xDF, 0xA3] } else { b"\0\0\0\x08ftyp" };
        of_bytes(&[start, &noise].concat());
    }

    #[test]
    fn damage_neither_panics_nor_hangs(at in 0_usize..140, byte: u8) {
        let mut file = mp4_file(&[&mp4_box(b"moov", &mvhd(600, 24_000))]);
        let at = at % file.len();
        file[at] = byte;
        of_bytes(&file);
    }
}
