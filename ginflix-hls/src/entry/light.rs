//! The boxes for high dynamic range: `mdcv` and `clli` (ISO/IEC 14496-12, sections 12.1.6 and 12.1.7), and Dolby Vision
//! (Dolby Vision Streams Within the ISO Base Media File Format).

use ginflix_media::matroska::light::Light;
use ginflix_media::mp4::boxes;

use crate::boxes::boxed;

/// The bytes of a visual sample entry, with its box header, before its boxes.
const VISUAL_BYTES: usize = 86;

/// Builds the boxes of what Matroska states; empty without it.
pub fn light_boxes(light: &Light) -> Vec<u8> {
    let mut built = Vec::new();
    if let Some(mastering) = light.mastering {
        built.extend(mastering_box(mastering));
    }
    if let Some(content) = light.content {
        let value = |light: u64| u16::try_from(light).unwrap_or(u16::MAX).to_be_bytes();
        built.extend(boxed(b"clli", &content.map(value).concat()));
    }
    if let Some((kind, record)) = &light.dolby_vision {
        built.extend(boxed(kind, record));
    }
    built
}

/// Builds a `mdcv` box: green, blue, red and white in steps of 0.00002, the luminance in steps of 0.0001.
fn mastering_box(values: [f64; 10]) -> Vec<u8> {
    let [red_x, red_y, green_x, green_y, blue_x, blue_y, white_x, white_y, most, least] = values;
    let points = [green_x, green_y, blue_x, blue_y, red_x, red_y, white_x, white_y];
    let mut content: Vec<u8> =
        points.iter().flat_map(|point| ((point * 50_000.0).round() as u16).to_be_bytes()).collect();
    for luminance in [most, least] {
        content.extend(((luminance * 10_000.0).round() as u32).to_be_bytes());
    }
    boxed(b"mdcv", &content)
}

/// The profile, the level and the compatibility of Dolby Vision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DolbyVision {
    profile: u8,
    level: u8,
    compatibility: u8,
}

/// Returns what the configuration of Dolby Vision in a visual sample entry says.
pub fn dolby_vision(sample_entry: &[u8]) -> Option<DolbyVision> {
    let extensions = sample_entry.get(VISUAL_BYTES..)?;
    let mut found =
        boxes::in_bytes(extensions).filter(|(kind, _)| matches!(kind, b"dvcC" | b"dvvC"));
    let (_, record) = found.next()?;
    let [_, _, high, low, compatibility, ..] = record else { return None };
    Some(DolbyVision {
        profile: high >> 1,
        level: (high & 1) << 5 | low >> 3,
        compatibility: compatibility >> 4,
    })
}

impl DolbyVision {
    /// Returns the codec as a parameter of a media type.
    pub fn codecs(self) -> String {
        format!("dvh1.{:02}.{:02}", self.profile, self.level)
    }

    /// Returns the value of `SUPPLEMENTAL-CODECS` (RFC 8216bis, section 4.4.6.2) for a base layer of HEVC that other players
    /// show; `None` if there is no brand for it.
    pub fn supplemental(self) -> Option<String> {
        let brand = match self.compatibility {
            1 => "db1p",
            4 => "db4h",
            _ => return None,
        };
        (self.profile == 8).then(|| format!("{}/{brand}", self.codecs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_is_stated_in_steps() {
        let mastering = Some([0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329, 1000.0, 0.0001]);
        let light = Light { mastering, content: Some([1000, 400]), dolby_vision: None };
        let built = light_boxes(&light);
        assert_eq!(built[8..12], [0x33, 0xC2, 0x86, 0xC4]); // 13250, 34500
        assert_eq!(built[24..32], [0, 0x98, 0x96, 0x80, 0, 0, 0, 1]);
        assert_eq!(built[32..], *b"\0\0\0\x0cclli\x03\xE8\x01\x90");
        assert!(light_boxes(&Light::default()).is_empty());
    }

    #[test]
    fn dolby_vision_is_named() {
        let mut entry = vec![0; VISUAL_BYTES];
        entry.extend(boxed(b"dvvC", &[1, 0, 8 << 1, 6 << 3 | 5, 1 << 4, 0]));
        let found = dolby_vision(&entry).unwrap();
        assert_eq!(found.codecs(), "dvh1.08.06");
        assert_eq!(found.supplemental().as_deref(), Some("dvh1.08.06/db1p"));
        assert_eq!(dolby_vision(&entry[..VISUAL_BYTES]), None);
    }
}
