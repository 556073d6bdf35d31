//! The configuration boxes of AC-3 and E-AC-3 (ETSI TS 102 366, annex F), built from a frame.

use ginflix_media::codec::bits::Bits;

use crate::boxes::boxed;

/// The synchronization word of a frame.
const SYNC_WORD: u32 = 0x0B77;
/// The sample rates by their code.
const SAMPLE_RATES: [u32; 3] = [48_000, 44_100, 32_000];
/// The audio blocks of a frame by their code.
const BLOCKS: [u32; 4] = [1, 2, 3, 6];
/// The samples of an audio block.
pub const BLOCK_SAMPLES: u32 = 256;
/// The most substreams of a frame of E-AC-3.
const SUBSTREAMS_LIMIT: usize = 16;
/// The locations of `dec3` by the bits of a channel map of which they are made, both counted from the lowest bit.
const LOCATIONS: [(u32, u32); 9] =
    [(10, 0), (9, 1), (8, 2), (7, 3), (6, 4), (5, 5), (4, 6), (3, 7), (1, 8)];

/// Builds a `dac3` box from a frame of AC-3; `None` if it is none.
pub fn ac3_config(frame: &[u8]) -> Option<Vec<u8>> {
    let mut bits = Bits::new(frame);
    if bits.take(16)? != SYNC_WORD {
        return None;
    }
    bits.skip(16)?; // crc1
    let (rate, size, id, mode) = (bits.take(2)?, bits.take(6)?, bits.take(5)?, bits.take(3)?);
    let coding = bits.take(3)?;
    if coding & 1 != 0 && coding != 1 {
        bits.skip(2)?; // cmixlev
    }
    if coding & 4 != 0 {
        bits.skip(2)?; // surmixlev
    }
    if coding == 2 {
        bits.skip(2)?; // dsurmod
    }
    let has_lfe = bits.take(1)?;
    let content =
        rate << 22 | id << 17 | mode << 14 | coding << 11 | has_lfe << 10 | (size >> 1) << 5;
    Some(boxed(b"dac3", &content.to_be_bytes()[1..]))
}

/// A frame of a substream of E-AC-3 (section E.1.2).
struct Substream {
    is_dependent: bool,
    bytes: usize,
    rate_code: u32,
    blocks: u32,
    sample_rate: u32,
    coding: u32,
    has_lfe: u32,
    id: u32,
    channel_map: u32,
}

impl Substream {
    fn read(frame: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(frame);
        if bits.take(16)? != SYNC_WORD {
            return None;
        }
        let (kind, _number, size) = (bits.take(2)?, bits.take(3)?, bits.take(11)?);
        let (rate_code, second_code) = (bits.take(2)?, bits.take(2)?);
        let (blocks, sample_rate) = if rate_code == 3 {
            (6, SAMPLE_RATES.get(second_code as usize)? / 2)
        } else {
            (BLOCKS[second_code as usize], SAMPLE_RATES[rate_code as usize])
        };
        let (coding, has_lfe, id) = (bits.take(3)?, bits.take(1)?, bits.take(5)?);
        bits.skip(5)?; // dialnorm
        if bits.flag()? {
            bits.skip(8)?; // compr
        }
        if coding == 0 {
            bits.skip(5)?; // dialnorm2
            if bits.flag()? {
                bits.skip(8)?;
            }
        }
        let has_map = kind == 1 && bits.flag()?;
        let channel_map = if has_map { bits.take(16)? } else { 0 };
        Some(Self {
            is_dependent: kind == 1,
            bytes: (size as usize + 1) * 2,
            rate_code,
            blocks,
            sample_rate,
            coding,
            has_lfe,
            id,
            channel_map,
        })
    }
}

/// Returns the samples of each channel in a frame of E-AC-3; `None` if it is none.
pub fn eac3_blocks(frame: &[u8]) -> Option<u32> {
    Some(Substream::read(frame)?.blocks * BLOCK_SAMPLES)
}

/// Builds a `dec3` box from a frame of E-AC-3, which may consist of an independent substream and others that depend on
/// it; `None` if it is none.
pub fn eac3_config(frame: &[u8]) -> Option<Vec<u8>> {
    let first = Substream::read(frame)?;
    let (mut bytes, mut dependent, mut locations) = (first.bytes, 0_u32, 0_u32);
    for _ in 0..SUBSTREAMS_LIMIT {
        let Some(next) = frame.get(bytes..).and_then(Substream::read) else { break };
        if !next.is_dependent {
            break;
        }
        bytes += next.bytes;
        dependent += 1;
        for (from, to) in LOCATIONS {
            locations |= (next.channel_map >> from & 1) << to;
        }
    }
    let samples = u64::from(first.blocks * BLOCK_SAMPLES);
    let rate = bytes as u64 * 8 * u64::from(first.sample_rate) / samples / 1000;
    let mut content = ((rate.min(0x1FFF) as u16) << 3).to_be_bytes().to_vec();
    // The mode of the bit stream is 0: a complete main programme.
    let substream = first.rate_code << 22 | first.id << 17 | first.coding << 9 | first.has_lfe << 8;
    let tail = if dependent > 0 { dependent << 1 | locations >> 8 } else { 0 };
    content.extend(&(substream | tail).to_be_bytes()[1..]);
    if dependent > 0 {
        content.push(locations as u8);
    }
    Some(boxed(b"dec3", &content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_ac3_is_described() {
        // 48 kHz, 448 kbit/s, bsid 8, acmod 7, lfe
        let frame = [0x0B, 0x77, 0, 0, 0x1E, 0x40, 0xE1, 0x00];
        assert_eq!(ac3_config(&frame).unwrap(), b"\0\0\0\x0bdac3\x10\x3D\xE0");
        assert_eq!(ac3_config(&frame[..5]), None);
        assert_eq!(ac3_config(&[0; 16]), None);
    }

    #[test]
    fn a_frame_of_eac3_is_described() {
        // 48 kHz, 6 blocks, 768 bytes, acmod 7, lfe, bsid 16
        let mut frame = vec![0x0B, 0x77, 0x01, 0x7F, 0x3F, 0x87, 0xC0];
        frame.resize(768, 0);
        // rate 192 kbit/s; fscod 0, bsid 16, acmod 7, lfeon 1
        assert_eq!(eac3_config(&frame).unwrap(), b"\0\0\0\x0ddec3\x06\0\x20\x0F\0");
        assert_eq!(eac3_blocks(&frame), Some(1536));
        assert_eq!(eac3_config(&[0x0B, 0x77]), None);
    }
}
