//! The sequence header of AV1 (AV1 Bitstream & Decoding Process Specification, section 5.5), up to
//! the colours.

use ginflix_api::inspection::Colour;

use super::bits::Bits;
use super::{code_point, matrix};

/// The type of an open bitstream unit with a sequence header.
const SEQUENCE_HEADER: u32 = 1;

/// Reads the colours from the first open bitstream unit; `None` if that is no sequence header, or if
/// it ends early.
pub fn read(units: &[u8]) -> Option<Colour> {
    let mut bits = Bits::new(units);
    bits.skip(1)?;
    let kind = bits.take(4)?;
    let (has_extension, has_size) = (bits.flag()?, bits.flag()?);
    bits.skip(1 + if has_extension { 8 } else { 0 })?;
    while has_size && bits.flag()? {
        bits.skip(7)?; // a byte of the size, which more follow
    }
    if has_size {
        bits.skip(7)?;
    }
    if kind == SEQUENCE_HEADER { read_header(&mut bits) } else { None }
}

fn read_header(bits: &mut Bits<'_>) -> Option<Colour> {
    let profile = bits.take(3)?;
    bits.skip(1)?; // still_picture
    let is_reduced = bits.flag()?;
    if is_reduced {
        bits.skip(5)?; // seq_level_idx
    } else {
        skip_operating_points(bits)?;
    }
    let (width_bits, height_bits) = (bits.take(4)? + 1, bits.take(4)? + 1);
    bits.skip((width_bits + height_bits) as usize)?;
    if !is_reduced && bits.flag()? {
        bits.skip(7)?; // the lengths of frame identifiers
    }
    bits.skip(3)?; // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
    if !is_reduced {
        skip_tools(bits)?;
    }
    bits.skip(3)?; // enable_superres, enable_cdef, enable_restoration
    read_colour(bits, profile)
}

fn skip_operating_points(bits: &mut Bits<'_>) -> Option<()> {
    let mut delay_bits = None;
    if bits.flag()? {
        bits.skip(64)?; // the tick of the display
        if bits.flag()? {
            bits.exp_golomb()?;
        }
        if bits.flag()? {
            delay_bits = Some(bits.take(5)? + 1);
            bits.skip(42)?; // the rest of decoder_model_info
        }
    }
    let has_display_delay = bits.flag()?;
    let count = bits.take(5)? + 1;
    for _ in 0..count {
        bits.skip(12)?; // operating_point_idc
        if bits.take(5)? > 7 {
            bits.skip(1)?; // seq_tier
        }
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            bits.skip(2 * delay_bits as usize + 1)?;
        }
        if has_display_delay && bits.flag()? {
            bits.skip(4)?;
        }
    }
    Some(())
}

fn skip_tools(bits: &mut Bits<'_>) -> Option<()> {
    bits.skip(4)?; // compound prediction, warped motion, dual filter
    let has_order_hint = bits.flag()?;
    if has_order_hint {
        bits.skip(2)?; // enable_jnt_comp, enable_ref_frame_mvs
    }
    let forces_screen_content = bits.flag()? || bits.flag()?;
    if forces_screen_content && !bits.flag()? {
        bits.skip(1)?; // seq_force_integer_mv
    }
    if has_order_hint {
        bits.skip(3)?; // order_hint_bits
    }
    Some(())
}

fn read_colour(bits: &mut Bits<'_>, profile: u32) -> Option<Colour> {
    let is_deep = bits.flag()?;
    if profile == 2 && is_deep {
        bits.skip(1)?; // twelve_bit
    }
    if profile != 1 {
        bits.skip(1)?; // mono_chrome
    }
    let mut points = [2; 3];
    if bits.flag()? {
        for point in &mut points {
            *point = bits.take(8)? as u8;
        }
    }
    let [primaries, transfer, coefficients] = points;
    // sRGB with the identity matrix always has the full range.
    let full_range = points == [1, 13, 0] || bits.flag()?;
    Some(Colour {
        primaries: code_point(primaries),
        transfer: code_point(transfer),
        matrix: matrix(coefficients),
        full_range: Some(full_range),
    })
}
