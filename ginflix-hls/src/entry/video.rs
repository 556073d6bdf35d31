//! Visual sample entries (ISO/IEC 14496-12, section 12.1).

use ginflix_api::inspection::{Colour, Hdr, Ratio, VideoTrack};

use crate::boxes::{boxed, joined};
use crate::rendition::{UNITY_MATRIX, VideoFormat, VideoRange};

/// Returns what `tkhd` and playlists state of a video.
pub fn video_format(video: &VideoTrack) -> VideoFormat {
    let ratio = video.sample_aspect_ratio.map_or(1.0, Ratio::value);
    let width = f64::from(video.width) * ratio;
    let fixed = |side: f64| (side * 65_536.0).round().min(f64::from(u32::MAX)) as u32;
    let display = [width.round() as u32, video.height];
    let is_turned = matches!(video.rotation, 90 | 270);
    VideoFormat {
        track_size: [fixed(width), fixed(f64::from(video.height))],
        display_size: if is_turned { [display[1], display[0]] } else { display },
        matrix: rotation_matrix(video.rotation),
        frame_rate: video.frame_rate,
        range: range(video),
    }
}

/// Returns the dynamic range. Dolby Vision is described by the transfer characteristics of its base layer.
fn range(video: &VideoTrack) -> VideoRange {
    match (video.colour.transfer, video.hdr) {
        (Some(16), _) | (_, Some(Hdr::Pq)) => VideoRange::Pq,
        (Some(18), _) | (_, Some(Hdr::Hlg)) => VideoRange::Hlg,
        (None, Some(Hdr::DolbyVision { .. })) => VideoRange::Pq,
        _ => VideoRange::Sdr,
    }
}

/// Returns the matrix of a clockwise rotation in degrees.
fn rotation_matrix(degrees: u16) -> [u32; 9] {
    const ONE: u32 = 0x1_0000;
    const MINUS_ONE: u32 = 0xFFFF_0000;
    let [a, b, c, d] = match degrees {
        90 => [0, ONE, MINUS_ONE, 0],
        180 => [MINUS_ONE, 0, 0, MINUS_ONE],
        270 => [0, MINUS_ONE, ONE, 0],
        _ => return UNITY_MATRIX,
    };
    [a, b, 0, c, d, 0, 0, 0, 0x4000_0000]
}

/// Builds a visual sample entry of these boxes.
pub fn visual_entry(fourcc: &[u8; 4], size: (u32, u32), extensions: &[u8]) -> Vec<u8> {
    let side = |value: u32| u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes();
    let fields = [
        &[0, 0, 0, 0, 0, 0, 0, 1][..], // reserved, data_reference_index
        &[0; 16],
        &side(size.0),
        &side(size.1),
        &[0, 0x48, 0, 0, 0, 0x48, 0, 0], // 72 dots an inch
        &[0; 4],
        &[0, 1], // frame_count
        &[0; 32],
        &[0, 0x18, 0xFF, 0xFF], // depth, pre_defined
        extensions,
    ];
    joined(fourcc, &fields)
}

/// Builds a `colr` box with code points (section 12.1.5); empty if no colour is known.
pub fn colour_box(colour: &Colour) -> Vec<u8> {
    if [colour.primaries, colour.transfer, colour.matrix].iter().all(Option::is_none) {
        return Vec::new();
    }
    let point = |value: Option<u8>| [0, value.unwrap_or(2)];
    let is_full = u8::from(colour.full_range == Some(true)) << 7;
    let points = [point(colour.primaries), point(colour.transfer), point(colour.matrix)].concat();
    joined(b"colr", &[b"nclx", &points, &[is_full]])
}

/// Builds a `pasp` box; empty if samples are square.
pub fn aspect_ratio_box(ratio: Option<Ratio>) -> Vec<u8> {
    match ratio.filter(|ratio| ratio.numerator != ratio.denominator) {
        Some(Ratio { numerator, denominator }) => {
            boxed(b"pasp", &[numerator.to_be_bytes(), denominator.to_be_bytes()].concat())
        }
        None => Vec::new(),
    }
}

/// Returns whether an `avcC` record has a sequence parameter set.
pub fn has_avc_parameter_sets(record: &[u8]) -> bool {
    record.get(5).is_some_and(|sets| sets & 31 > 0)
}

/// Returns whether an `hvcC` record has a video, a sequence and a picture parameter set.
pub fn has_hevc_parameter_sets(record: &[u8]) -> bool {
    let Some((count, mut rest)) = record.get(22..).and_then(<[u8]>::split_first) else {
        return false;
    };
    let mut kinds = Vec::new();
    for _ in 0..*count {
        let Some(([kind, high, low], array)) = rest.split_first_chunk::<3>() else { break };
        kinds.push(kind & 0x3F);
        rest = array;
        for _ in 0..u16::from_be_bytes([*high, *low]) {
            let Some((length, units)) = rest.split_first_chunk::<2>() else { return false };
            let length = usize::from(u16::from_be_bytes(*length));
            let Some(units) = units.get(length..) else { return false };
            rest = units;
        }
    }
    [32, 33, 34].iter().all(|kind| kinds.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_picture_is_shown_upright() {
        let sar = Ratio::new(4, 3);
        let video = VideoTrack {
            width: 720,
            height: 576,
            rotation: 90,
            sample_aspect_ratio: sar,
            ..VideoTrack::default()
        };
        let format = video_format(&video);
        assert_eq!(format.display_size, [576, 960]);
        assert_eq!(format.track_size, [960 << 16, 576 << 16]);
        assert_eq!(format.matrix[1], 0x1_0000);
    }

    #[test]
    fn parameter_sets_are_found() {
        assert!(has_avc_parameter_sets(&[1, 100, 0, 40, 0xFF, 0xE1]));
        assert!(!has_avc_parameter_sets(&[1, 100, 0, 40, 0xFF, 0xE0]));
        let mut record = vec![0; 22];
        record.push(3);
        for kind in [32, 33, 34] {
            record.extend([kind, 0, 1, 0, 2, 7, 7]);
        }
        assert!(has_hevc_parameter_sets(&record));
        assert!(!has_hevc_parameter_sets(&record[..30]));
        assert!(!has_hevc_parameter_sets(&[0; 23]));
    }
}
