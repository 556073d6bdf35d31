//! What breaks a rule of HLS.

/// What a fault is in, which decides what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultArea {
    /// The text of a playlist.
    Playlist,
    /// The boxes of an initialization segment or a segment.
    Segment,
    /// The header fields of a response, or that there is none.
    Delivery,
}

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFault {
    /// What it is in.
    pub area: FaultArea,
    /// The rule: a standard and its section.
    pub rule: &'static str,
    /// Where it was found, such as `video.m3u8, line 9`.
    pub place: String,
    /// What was found.
    pub found: String,
    /// Whether players play in spite of it.
    pub is_harmless: bool,
}

impl RuleFault {
    /// Returns a fault that stops or disturbs players.
    pub fn new(
        area: FaultArea,
        rule: &'static str,
        place: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self { area, rule, place: place.into(), found: found.into(), is_harmless: false }
    }

    /// Returns the fault as one in spite of which players play.
    #[must_use]
    pub fn harmless(self) -> Self {
        Self { is_harmless: true, ..self }
    }
}

/// Collects the faults of one playlist.
#[derive(Debug)]
pub struct PlaylistFaults<'a> {
    /// The name of the playlist.
    name: &'a str,
    /// The faults so far.
    found: Vec<RuleFault>,
}

impl<'a> PlaylistFaults<'a> {
    /// Returns an empty collection for the playlist of this name.
    pub fn new(name: &'a str) -> Self {
        Self { name, found: Vec::new() }
    }

    /// Adds a fault at a line, counted from 1.
    pub fn at(&mut self, line: usize, rule: &'static str, found: impl Into<String>) {
        let place = format!("{}, line {line}", self.name);
        self.found.push(RuleFault::new(FaultArea::Playlist, rule, place, found));
    }

    /// Adds a fault of the whole playlist.
    pub fn add(&mut self, rule: &'static str, found: impl Into<String>) {
        self.found.push(RuleFault::new(FaultArea::Playlist, rule, self.name, found));
    }

    /// Returns the faults.
    pub fn into_vec(self) -> Vec<RuleFault> {
        self.found
    }
}
