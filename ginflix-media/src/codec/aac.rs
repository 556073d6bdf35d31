//! The AudioSpecificConfig of AAC (ISO/IEC 14496-3, section 1.6.2.1).

use super::AudioConfig;
use super::bits::Bits;

/// The sample rates by their index.
const SAMPLE_RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];
/// The channels by the channel configuration; 0 is described elsewhere.
const CHANNELS: [u32; 15] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8];
/// The audio object types of spectral band replication, and of parametric stereo.
const SBR: u32 = 5;
const PS: u32 = 29;

fn object_type(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.take(5)? {
        31 => Some(32 + bits.take(6)?),
        object_type => Some(object_type),
    }
}

fn sample_rate(bits: &mut Bits<'_>) -> Option<u32> {
    match bits.take(4)? {
        15 => bits.take(24),
        index => SAMPLE_RATES.get(index as usize).copied(),
    }
}

/// Reads the configuration; `None` if it is too short.
pub fn audio_specific_config(bytes: &[u8]) -> Option<AudioConfig> {
    let mut bits = Bits::new(bytes);
    let object_type = object_type(&mut bits)?;
    let mut rate = sample_rate(&mut bits)?;
    let configuration = bits.take(4)?;
    let mut channels = CHANNELS.get(configuration as usize).copied().filter(|count| *count > 0);
    if object_type == SBR || object_type == PS {
        // The rate after spectral band replication.
        rate = sample_rate(&mut bits)?;
    }
    if object_type == PS {
        channels = Some(2); // made of one channel
    }
    Some(AudioConfig {
        codec_string: Some(format!("mp4a.40.{object_type}")),
        channels,
        sample_rate: Some(rate),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn low_complexity_and_high_efficiency_are_told_apart() {
        let lc = audio_specific_config(&[0x12, 0x10]).unwrap();
        assert_eq!(lc.codec_string.as_deref(), Some("mp4a.40.2"));
        assert_eq!((lc.channels, lc.sample_rate), (Some(2), Some(44_100)));
        let he = audio_specific_config(&[0x2B, 0x11, 0x88, 0x00]).unwrap();
        assert_eq!(he.codec_string.as_deref(), Some("mp4a.40.5"));
        assert_eq!(he.sample_rate, Some(48_000));
        assert_eq!(audio_specific_config(&[0x12]), None);
    }
}
