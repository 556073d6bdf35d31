//! The configuration records of video codecs: `avcC` and `hvcC` (ISO/IEC 14496-15), `av1C` and `vpcC`
//! (the bindings of AV1 and VP9 to ISO/IEC 14496-12), and the parameter sets in them.

use std::num::NonZeroUsize;

use ginflix_api::inspection::{Colour, Ratio};
use h264_reader::nal::sps::{AspectRatioInfo, SeqParameterSet};
use h264_reader::rbsp::{BitReader, ByteReader};

use super::hevc_sps::SequenceParameters;
use super::{VideoConfig, av1_sequence, bits, code_point, hevc_sps, matrix};
use crate::source::{u16_at, u32_at};

/// The sample aspect ratios by their index (ITU-T H.273, table 16), from 1.
const ASPECT_RATIOS: [(u64, u64); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];
/// The NAL unit type of a sequence parameter set of HEVC.
const HEVC_SPS: u8 = 33;
/// The most bytes of a parameter set: more than any encoder writes, and little work to parse.
const PARAMETER_SET_LIMIT_BYTES: usize = 4096;

/// Reads an `avcC` record.
pub fn avc(record: &[u8], fourcc: &str) -> VideoConfig {
    let mut config = VideoConfig::default();
    let [_, profile, compatibility, level, _, sets, rest @ ..] = record else { return config };
    config.codec_string = Some(format!("{fourcc}.{profile:02x}{compatibility:02x}{level:02x}"));
    let length = usize::from(u16_at(rest, 0));
    if let Some(sps) = rest.get(2..2 + length).filter(|_| sets & 31 > 0)
        && sps.len() <= PARAMETER_SET_LIMIT_BYTES
    {
        read_avc_sps(sps, &mut config);
    }
    config
}

fn read_avc_sps(nal: &[u8], config: &mut VideoConfig) {
    let rbsp = ByteReader::skipping_bytes(nal, NonZeroUsize::MIN);
    let Ok(sps) = SeqParameterSet::from_bits(BitReader::new(rbsp)) else { return };
    config.bit_depth = Some(sps.chroma_info.bit_depth_luma_minus8.saturating_add(8));
    let Some(vui) = sps.vui_parameters else { return };
    config.sample_aspect_ratio = vui.aspect_ratio_info.as_ref().and_then(|ratio| match ratio {
        AspectRatioInfo::Unspecified => None,
        ratio => ratio.get().and_then(|(w, h)| Ratio::new(u64::from(w), u64::from(h))),
    });
    let Some(signal) = vui.video_signal_type else { return };
    config.colour.full_range = Some(signal.video_full_range_flag);
    if let Some(colour) = signal.colour_description {
        config.colour.primaries = code_point(colour.colour_primaries);
        config.colour.transfer = code_point(colour.transfer_characteristics);
        config.colour.matrix = matrix(colour.matrix_coefficients);
    }
}

/// Reads an `hvcC` record. `fourcc` is `hvc1` or `hev1`.
pub fn hevc(record: &[u8], fourcc: &str) -> VideoConfig {
    let mut config = VideoConfig::default();
    if record.len() < 23 {
        return config;
    }
    config.codec_string = Some(hevc_codec_string(record, fourcc));
    config.bit_depth = Some((record[17] & 7) + 8);
    let sps = first_hevc_sps(record).and_then(|nal| {
        let rbsp = bits::without_emulation_prevention(nal.get(2..)?);
        hevc_sps::read(&rbsp)
    });
    if let Some(sps) = sps {
        use_hevc_sps(&sps, &mut config);
    }
    config
}

/// Returns the parameter of a media type (ISO/IEC 14496-15, section E.3).
fn hevc_codec_string(record: &[u8], fourcc: &str) -> String {
    let space = ["", "A", "B", "C"][usize::from(record[1] >> 6)];
    let tier = if record[1] & 0x20 == 0 { 'L' } else { 'H' };
    let (profile, level) = (record[1] & 0x1F, record[12]);
    let compatibility = u32_at(record, 2).reverse_bits();
    let constraints = &record[6..12];
    let used = constraints.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let constraints: String = constraints[..used].iter().map(|b| format!(".{b:X}")).collect();
    format!("{fourcc}.{space}{profile}.{compatibility:X}.{tier}{level}{constraints}")
}

/// Returns the first sequence parameter set of an `hvcC` record.
fn first_hevc_sps(record: &[u8]) -> Option<&[u8]> {
    let (arrays, mut at) = (*record.get(22)?, 23);
    for _ in 0..arrays {
        let (kind, count) = (record.get(at)? & 0x3F, u16_at(record, at + 1));
        at += 3;
        for _ in 0..count {
            let length = usize::from(u16_at(record, at));
            let nal = record.get(at + 2..at + 2 + length)?;
            if kind == HEVC_SPS {
                return Some(nal).filter(|nal| nal.len() <= PARAMETER_SET_LIMIT_BYTES);
            }
            at += 2 + length;
        }
    }
    None
}

fn use_hevc_sps(sps: &SequenceParameters, config: &mut VideoConfig) {
    let predefined = || {
        let index = usize::from(sps.aspect_ratio?).checked_sub(1)?;
        ASPECT_RATIOS.get(index).copied()
    };
    let extended = sps.extended_ratio.map(|(width, height)| (u64::from(width), u64::from(height)));
    config.sample_aspect_ratio = extended.or_else(predefined).and_then(|(w, h)| Ratio::new(w, h));
    config.colour.full_range = sps.full_range;
    if let Some([primaries, transfer, coefficients]) = sps.colour {
        config.colour.primaries = code_point(primaries);
        config.colour.transfer = code_point(transfer);
        config.colour.matrix = matrix(coefficients);
    }
}

/// Reads an `av1C` record.
pub fn av1(record: &[u8]) -> VideoConfig {
    let mut config = VideoConfig::default();
    let [_, profile_level, flags, _, units @ ..] = record else { return config };
    let (profile, level) = (profile_level >> 5, profile_level & 0x1F);
    let tier = if flags & 0x80 == 0 { 'M' } else { 'H' };
    let depth = match (flags & 0x40 != 0, flags & 0x20 != 0) {
        (true, true) if profile == 2 => 12,
        (true, _) => 10,
        (false, _) => 8,
    };
    config.codec_string = Some(format!("av01.{profile}.{level:02}{tier}.{depth:02}"));
    config.bit_depth = Some(depth);
    if units.len() <= PARAMETER_SET_LIMIT_BYTES {
        config.colour = av1_sequence::read(units).unwrap_or_default();
    }
    config
}

/// Reads the content of a `vpcC` box, which is a full box.
pub fn vp9(content: &[u8], fourcc: &str) -> VideoConfig {
    let mut config = VideoConfig::default();
    let [_, _, _, _, profile, level, depth, primaries, transfer, coefficients, ..] = content else {
        return config;
    };
    let full_range = depth & 1 != 0;
    let depth = depth >> 4;
    config.codec_string = Some(format!("{fourcc}.{profile:02}.{level:02}.{depth:02}"));
    config.bit_depth = Some(depth);
    config.colour = Colour {
        primaries: code_point(*primaries),
        transfer: code_point(*transfer),
        matrix: matrix(*coefficients),
        full_range: Some(full_range),
    };
    config
}
