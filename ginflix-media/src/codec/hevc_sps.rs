//! The sequence parameter set of HEVC (ITU-T H.265, section 7.3.2.2), up to the colours.

use super::bits::Bits;

/// What is read of a sequence parameter set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SequenceParameters {
    /// The index of the sample aspect ratio (ITU-T H.273, table 16); 255 if `extended_ratio` has it.
    pub aspect_ratio: Option<u8>,
    /// The width and height of a sample.
    pub extended_ratio: Option<(u32, u32)>,
    /// Whether the samples use the full range of their bits.
    pub full_range: Option<bool>,
    /// The colour primaries, transfer characteristics and matrix coefficients.
    pub colour: Option<[u8; 3]>,
}

/// Reads a sequence parameter set without its NAL unit header and emulation prevention; `None` if it ends early or
/// breaks a limit.
pub fn read(rbsp: &[u8]) -> Option<SequenceParameters> {
    let mut bits = Bits::new(rbsp);
    bits.skip(4)?; // sps_video_parameter_set_id
    let sub_layers = bits.take(3)?; // minus 1
    bits.skip(1)?; // sps_temporal_id_nesting_flag
    skip_profile_tier_level(&mut bits, sub_layers)?;
    bits.exp_golomb()?; // sps_seq_parameter_set_id
    if bits.exp_golomb()? == 3 {
        bits.skip(1)?; // separate_colour_plane_flag
    }
    skip_codes(&mut bits, 2)?; // the size
    if bits.flag()? {
        skip_codes(&mut bits, 4)?; // the conformance window
    }
    skip_codes(&mut bits, 2)?; // the bit depths
    let order_count_bits = bits.exp_golomb()?.checked_add(4).filter(|bits| *bits <= 16)?;
    let ordered = if bits.flag()? { sub_layers + 1 } else { 1 };
    skip_codes(&mut bits, 3 * ordered)?;
    skip_codes(&mut bits, 6)?; // block sizes and transform hierarchies
    if bits.flag()? && bits.flag()? {
        skip_scaling_lists(&mut bits)?;
    }
    bits.skip(2)?; // amp_enabled_flag, sample_adaptive_offset_enabled_flag
    if bits.flag()? {
        bits.skip(8)?; // PCM bit depths
        skip_codes(&mut bits, 2)?;
        bits.skip(1)?;
    }
    skip_short_term_sets(&mut bits)?;
    if bits.flag()? {
        let count = bits.exp_golomb()?.min(33);
        bits.skip((count * (order_count_bits + 1)) as usize)?;
    }
    bits.skip(2)?; // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
    let has_usability = bits.flag()?;
    if has_usability { read_usability(&mut bits) } else { Some(SequenceParameters::default()) }
}

/// Reads the start of the video usability information (section E.2.1).
fn read_usability(bits: &mut Bits<'_>) -> Option<SequenceParameters> {
    let mut found = SequenceParameters::default();
    if bits.flag()? {
        let index = bits.take(8)?;
        found.aspect_ratio = Some(index as u8);
        if index == 255 {
            found.extended_ratio = Some((bits.take(16)?, bits.take(16)?));
        }
    }
    if bits.flag()? {
        bits.skip(1)?; // overscan_appropriate_flag
    }
    if bits.flag()? {
        bits.skip(3)?; // video_format
        found.full_range = Some(bits.flag()?);
        if bits.flag()? {
            let mut point = || Some(bits.take(8)? as u8);
            found.colour = Some([point()?, point()?, point()?]);
        }
    }
    Some(found)
}

fn skip_codes(bits: &mut Bits<'_>, count: u32) -> Option<()> {
    (0..count).try_for_each(|_| bits.exp_golomb().map(drop))
}

/// Skips a profile, tier and level (section 7.3.3).
fn skip_profile_tier_level(bits: &mut Bits<'_>, sub_layers: u32) -> Option<()> {
    bits.skip(96)?;
    let mut present = Vec::new();
    for _ in 0..sub_layers {
        present.push((bits.flag()?, bits.flag()?));
    }
    if sub_layers > 0 {
        bits.skip(2 * (8 - sub_layers) as usize)?;
    }
    for (profile, level) in present {
        bits.skip(if profile { 88 } else { 0 } + if level { 8 } else { 0 })?;
    }
    Some(())
}

/// Skips scaling lists (section 7.3.4).
fn skip_scaling_lists(bits: &mut Bits<'_>) -> Option<()> {
    for size in 0..4_u32 {
        let matrices = if size == 3 { 2 } else { 6 };
        for _ in 0..matrices {
            if !bits.flag()? {
                bits.exp_golomb()?;
                continue;
            }
            let coefficients = 64.min(1 << (4 + 2 * size));
            // A signed code has the length of an unsigned one.
            skip_codes(bits, u32::from(size > 1) + coefficients)?;
        }
    }
    Some(())
}

/// The differences of picture order counts in a short-term reference picture set, before and after
/// the picture.
#[derive(Default, Clone)]
struct ReferenceSet {
    negative: Vec<i64>,
    positive: Vec<i64>,
}

/// Skips the short-term reference picture sets (section 7.3.7). A set may be predicted from the one
/// before, whose length must therefore be known.
fn skip_short_term_sets(bits: &mut Bits<'_>) -> Option<()> {
    let count = bits.exp_golomb()?;
    let mut previous = ReferenceSet::default();
    for index in 0..Some(count).filter(|count| *count <= 64)? {
        let is_predicted = index > 0 && bits.flag()?;
        previous =
            if is_predicted { read_predicted_set(bits, &previous)? } else { read_set(bits)? };
    }
    Some(())
}

fn read_set(bits: &mut Bits<'_>) -> Option<ReferenceSet> {
    let counts = [bits.exp_golomb()?, bits.exp_golomb()?];
    let mut read = |count: u32, sign: i64| {
        let (mut differences, mut last) = (Vec::new(), 0);
        for _ in 0..Some(count).filter(|count| *count <= 16)? {
            last += sign * (i64::from(bits.exp_golomb()?) + 1);
            bits.skip(1)?; // used_by_curr_pic_flag
            differences.push(last);
        }
        Some(differences)
    };
    Some(ReferenceSet { negative: read(counts[0], -1)?, positive: read(counts[1], 1)? })
}

/// Reads a set that is predicted from another one (equations 7-61 and 7-62).
fn read_predicted_set(bits: &mut Bits<'_>, from: &ReferenceSet) -> Option<ReferenceSet> {
    let sign = if bits.flag()? { -1 } else { 1 };
    let offset = sign * (i64::from(bits.exp_golomb()?) + 1);
    let mut is_kept = Vec::new();
    for _ in 0..=from.negative.len() + from.positive.len() {
        let is_used = bits.flag()?;
        is_kept.push(is_used || bits.flag()?);
    }
    let (negative, rest) = is_kept.split_at(from.negative.len());
    let (positive, own) = rest.split_at(from.positive.len());
    let moved = |differences: &[i64], kept: &[bool]| -> Vec<i64> {
        let kept = differences.iter().zip(kept).filter(|(_, kept)| **kept);
        kept.map(|(difference, _)| difference + offset).collect()
    };
    let (before, after) = (moved(&from.negative, negative), moved(&from.positive, positive));
    let own: Vec<i64> = own.iter().filter(|kept| **kept).map(|_| offset).collect();
    let below = |list: &[i64]| list.iter().copied().filter(|d| *d < 0).collect::<Vec<_>>();
    let above = |list: &[i64]| list.iter().copied().filter(|d| *d > 0).collect::<Vec<_>>();
    let reversed = |list: &[i64]| list.iter().rev().copied().collect::<Vec<_>>();
    Some(ReferenceSet {
        negative: [below(&reversed(&after)), below(&own), below(&before)].concat(),
        positive: [above(&reversed(&before)), above(&own), above(&after)].concat(),
    })
}
