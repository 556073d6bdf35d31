//! The `vpcC` box of VP9, built from the header of a key frame (VP9 Bitstream & Decoding Process Specification, section
//! 6.2).

use ginflix_api::inspection::{Colour, VideoTrack};
use ginflix_media::codec::bits::Bits;

use super::SampleEntry;
use crate::boxes::full;

/// The levels with their most luma samples a second and a picture (the specification's annex A).
const LEVELS: [(u8, u64, u64); 14] = [
    (10, 829_440, 36_864),
    (11, 2_764_800, 73_728),
    (20, 4_608_000, 122_880),
    (21, 9_216_000, 245_760),
    (30, 20_736_000, 552_960),
    (31, 36_864_000, 983_040),
    (40, 83_558_400, 2_228_224),
    (41, 160_432_128, 2_228_224),
    (50, 311_951_360, 8_912_896),
    (51, 588_251_136, 8_912_896),
    (52, 1_176_502_272, 8_912_896),
    (60, 1_176_502_272, 35_651_584),
    (61, 2_353_004_544, 35_651_584),
    (62, 4_706_009_088, 35_651_584),
];

/// What a key frame states.
struct Header {
    profile: u8,
    bit_depth: u8,
    subsampling: u8,
    is_full_range: bool,
}

impl Header {
    fn read(frame: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(frame);
        if bits.take(2)? != 2 {
            return None;
        }
        let (low, high) = (bits.take(1)?, bits.take(1)?);
        let profile = (high << 1 | low) as u8;
        if profile == 3 {
            bits.skip(1)?;
        }
        let shows_existing = bits.flag()?;
        let is_inter = bits.flag()?;
        bits.skip(2)?; // show_frame, error_resilient_mode
        if shows_existing || is_inter || bits.take(24)? != 0x49_8342 {
            return None;
        }
        let bit_depth = match profile >= 2 {
            true if bits.flag()? => 12,
            true => 10,
            false => 8,
        };
        let is_odd = profile & 1 == 1;
        let (is_full_range, x, y) = if bits.take(3)? == 7 {
            (true, 0, 0) // RGB
        } else {
            let is_full_range = bits.flag()?;
            let (x, y) = if is_odd { (bits.take(1)?, bits.take(1)?) } else { (1, 1) };
            (is_full_range, x, y)
        };
        // 4:2:0 with the chroma beside the luma, 4:2:2, 4:4:4.
        let subsampling = match (x, y) {
            (1, 1) => 1,
            (1, 0) => 2,
            _ => 3,
        };
        Some(Self { profile, bit_depth, subsampling, is_full_range })
    }
}

/// Builds a `vpcC` box, and the codec string. Without a key frame, the usual profile is assumed.
pub fn configuration(frame: &[u8], video: &VideoTrack) -> SampleEntry {
    let deep = video.bit_depth.unwrap_or(8);
    let assumed = Header {
        profile: if deep > 8 { 2 } else { 0 },
        bit_depth: deep,
        subsampling: 1,
        is_full_range: false,
    };
    let header = Header::read(frame).unwrap_or(assumed);
    let level = level(video);
    let Colour { primaries, transfer, matrix, full_range } = video.colour;
    let is_full_range = full_range.unwrap_or(header.is_full_range);
    let layout = header.bit_depth << 4 | header.subsampling << 1 | u8::from(is_full_range);
    let point = |value: Option<u8>| value.unwrap_or(2);
    let points = [point(primaries), point(transfer), point(matrix)];
    let content = [&[header.profile, level, layout][..], &points, &[0, 0]].concat();
    let codecs = format!("vp09.{:02}.{level:02}.{:02}", header.profile, header.bit_depth);
    SampleEntry { bytes: full(b"vpcC", 1, 0, &content), codecs: Some(codecs) }
}

/// Returns the lowest level that allows the picture.
fn level(video: &VideoTrack) -> u8 {
    let picture = u64::from(video.width) * u64::from(video.height);
    let rate = video.frame_rate.map_or(30.0, |rate| rate.value());
    let a_second = picture as f64 * rate;
    let fits = |&&(_, most_a_second, most): &&(u8, u64, u64)| {
        picture <= most && a_second <= most_a_second as f64
    };
    LEVELS.iter().find(fits).map_or(62, |(level, ..)| *level)
}

#[cfg(test)]
mod tests {
    use ginflix_api::inspection::Ratio;

    use super::*;

    #[test]
    fn the_level_follows_from_the_picture() {
        let video = VideoTrack {
            width: 1920,
            height: 1080,
            frame_rate: Ratio::new(30, 1),
            ..VideoTrack::default()
        };
        // A key frame of profile 0, BT.709, limited range.
        let found = configuration(&[0x82, 0x49, 0x83, 0x42, 0x40], &video);
        assert_eq!(found.codecs.as_deref(), Some("vp09.00.40.08"));
        assert_eq!(found.bytes[12..], [0, 40, 0x82, 2, 2, 2, 0, 0]);
        assert_eq!(configuration(&[], &video).codecs, found.codecs);
    }
}
