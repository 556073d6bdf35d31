//! The statistics of a track, which mkvmerge writes as tags.

use crate::source::bits_a_second;

/// What a tag states of a track.
#[derive(Debug, Default)]
pub struct Statistics {
    /// The identifier of the track.
    pub track_uid: u64,
    /// The average bit rate.
    pub bit_rate: Option<u64>,
    /// The number of frames.
    pub frames: Option<u64>,
    /// The play time.
    pub duration_seconds: Option<f64>,
    bytes: Option<u64>,
}

impl Statistics {
    /// Creates the statistics of the track with this identifier, which are all unknown.
    pub fn new(track_uid: u64) -> Self {
        Self { track_uid, ..Self::default() }
    }

    /// Adds the value of a tag, if it is one of the statistics.
    pub fn put(&mut self, name: &str, value: &str) {
        let value = value.trim_end_matches('\0').trim();
        // mkvmerge adds the language of the track to the names.
        match name.split(['-', '\0']).next().unwrap_or_default() {
            "BPS" => self.bit_rate = value.parse().ok(),
            "NUMBER_OF_FRAMES" => self.frames = value.parse().ok(),
            "NUMBER_OF_BYTES" => self.bytes = value.parse().ok(),
            "DURATION" => self.duration_seconds = seconds(value),
            _ => {}
        }
    }

    /// Adds the bit rate if it follows from the rest.
    pub fn complete(mut self) -> Self {
        if let (None, Some(bytes), Some(seconds)) =
            (self.bit_rate, self.bytes, self.duration_seconds)
        {
            self.bit_rate = bits_a_second(bytes, seconds);
        }
        self
    }
}

/// Parses `HH:MM:SS.fraction`.
fn seconds(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let total = hours.parse::<f64>().ok()? * 3600.0
        + minutes.parse::<f64>().ok()? * 60.0
        + seconds.parse::<f64>().ok()?;
    (total.is_finite() && total > 0.0).then_some(total)
}
