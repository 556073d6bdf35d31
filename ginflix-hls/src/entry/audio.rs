//! Audio sample entries (ISO/IEC 14496-12, section 12.2).

use crate::boxes::{full, joined};

/// The object types of elementary streams (ISO/IEC 14496-1, table 5).
pub mod object_type {
    /// AAC (ISO/IEC 14496-3).
    pub const AAC: u8 = 0x40;
    /// MP3 at half sample rates (ISO/IEC 13818-3).
    pub const MPEG2_AUDIO: u8 = 0x69;
    /// MP3 (ISO/IEC 11172-3).
    pub const MPEG1_AUDIO: u8 = 0x6B;
}

/// Builds an audio sample entry of these boxes.
pub fn audio_entry(
    fourcc: &[u8; 4],
    channels: u32,
    sample_rate: u32,
    extensions: &[u8],
) -> Vec<u8> {
    let channels = u16::try_from(channels).unwrap_or(u16::MAX);
    // A rate of more than 16 bits is stated by its half or quarter.
    let mut rate = sample_rate;
    while rate > 0xFFFF {
        rate /= 2;
    }
    let fields = [
        &[0, 0, 0, 0, 0, 0, 0, 1][..], // reserved, data_reference_index
        &[0; 8],
        &channels.to_be_bytes(),
        &[0, 16, 0, 0, 0, 0], // samplesize
        &(rate << 16).to_be_bytes(),
        extensions,
    ];
    joined(fourcc, &fields)
}

/// Builds an `esds` box (ISO/IEC 14496-14, section 5.6) with this decoder configuration, which may be empty.
pub fn elementary_stream_box(object_type: u8, specific: &[u8]) -> Vec<u8> {
    let mut config = vec![object_type, 0x15]; // an audio stream
    config.extend([0; 11]); // buffer size and bit rates, which are not known
    if !specific.is_empty() {
        config.extend(descriptor(5, specific));
    }
    let stream = [&[0, 0, 0][..], &descriptor(4, &config), &descriptor(6, &[2])].concat();
    full(b"esds", 0, 0, &descriptor(3, &stream))
}

/// Builds a descriptor (ISO/IEC 14496-1, section 8.3.3) with a length of four bytes, as most programs write it.
fn descriptor(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let size = [21, 14, 7, 0].map(|shift| {
        let more = if shift > 0 { 0x80 } else { 0 };
        (length >> shift) as u8 & 0x7F | more
    });
    [&[tag][..], &size, content].concat()
}

/// Builds a `dOps` box from the identification header of Opus (RFC 7845, section 5.1); `None` if that is invalid.
pub fn opus_box(header: &[u8]) -> Option<Vec<u8>> {
    let fields = header.strip_prefix(b"OpusHead")?;
    let [_, channels, skip @ .., _, _, _, _, gain_low, gain_high, family] = fields.get(..11)?
    else {
        return None;
    };
    let rate = fields.get(4..8)?;
    let mapping =
        if *family == 0 { &[][..] } else { fields.get(11..13 + usize::from(*channels))? };
    let big_endian = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<_>>();
    let content = [
        &[0, *channels][..],
        &big_endian(skip),
        &big_endian(rate),
        &[*gain_high, *gain_low, *family],
        mapping,
    ];
    Some(joined(b"dOps", &content))
}

/// Builds a `dfLa` box from the start of a FLAC stream (RFC 9639, section 6), of which it takes the STREAMINFO; `None` if
/// that is missing.
pub fn flac_box(private: &[u8]) -> Option<Vec<u8>> {
    let blocks = private.strip_prefix(b"fLaC").unwrap_or(private);
    let info = blocks.get(..38).filter(|info| info[0] & 0x7F == 0 && info[1..4] == [0, 0, 34])?;
    // It is the last block.
    Some(full(b"dfLa", 0, 0, &[&[0x80], &info[1..]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identification_header_of_opus_becomes_big_endian() {
        let header = b"OpusHead\x01\x02\x38\x01\x80\xBB\0\0\x05\0\0";
        let expected = b"\0\0\0\x13dOps\0\x02\x01\x38\0\0\xBB\x80\0\x05\0";
        assert_eq!(opus_box(header).unwrap(), expected);
        let surround = [&header[..18], &[1, 4, 2, 0, 4, 1, 2, 3, 5]].concat();
        let mut six = surround.clone();
        six[9] = 6;
        six.extend([0, 0]);
        assert!(opus_box(&six).is_some());
        assert_eq!(opus_box(&six[..20]), None);
        assert_eq!(opus_box(b"OpusHead"), None);
    }

    #[test]
    fn a_stream_descriptor_contains_the_configuration() {
        let esds = elementary_stream_box(object_type::AAC, &[0x12, 0x10]);
        assert!(esds.ends_with(&[5, 0x80, 0x80, 0x80, 2, 0x12, 0x10, 6, 0x80, 0x80, 0x80, 1, 2]));
        assert_eq!(esds[12..17], [3, 0x80, 0x80, 0x80, (esds.len() - 17) as u8]);
    }

    #[test]
    fn rates_of_more_than_16_bits_are_halved() {
        let entry = audio_entry(b"fLaC", 2, 96_000, &[]);
        assert_eq!(entry[32..36], (48_000_u32 << 16).to_be_bytes());
    }
}
