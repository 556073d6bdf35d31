//! A text that is shown for some time.

use std::collections::{HashMap, HashSet};

use crate::settings::Settings;
use crate::text::CueText;
use crate::webvtt;

/// Cues start and end before this time in milliseconds: 10,000 hours.
pub const TIME_LIMIT_MS: u64 = 10_000 * 60 * 60 * 1000;
/// The most cues of a file.
pub const CUES_LIMIT: usize = 100_000;

/// A text that is shown for some time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cue {
    /// When it appears, in milliseconds.
    pub start_ms: u64,
    /// When it disappears, in milliseconds; later than the start.
    pub end_ms: u64,
    /// Its name in the file, if the format has names.
    pub id: Option<CueId>,
    /// Where it is shown.
    pub settings: Settings,
    /// The text.
    pub text: CueText,
}

impl Cue {
    /// Creates a cue without a name at the default place.
    pub fn new(start_ms: u64, end_ms: u64, text: CueText) -> Self {
        Self { start_ms, end_ms, id: None, settings: Settings::default(), text }
    }
}

/// The most characters of a cue's identifier.
const ID_LIMIT_CHARS: usize = 200;

/// The identifier of a cue (WebVTT, section 4.1): one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CueId(String);

impl CueId {
    /// Creates an identifier. `None` for a line that cannot be one: it is empty, longer than 200 characters, has an arrow or
    /// control characters, or begins as another part of a WebVTT file does.
    pub fn new(line: &str) -> Option<Self> {
        const STARTS: [&str; 4] = ["NOTE", "STYLE", "REGION", "WEBVTT"];
        let line = line.trim_matches([' ', '\t']);
        let is_legal = !line.is_empty()
            && line.chars().count() <= ID_LIMIT_CHARS
            && !line.contains(|c: char| c.is_control() || c == '\u{feff}')
            && !line.contains("-->")
            && !STARTS.iter().any(|start| line.starts_with(start));
        is_legal.then(|| Self(line.to_owned()))
    }

    /// Returns the identifier as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Sorts cues by their start. Cues that are the same but for their identifiers become one, and so do those of which one ends
/// when the next starts, as samples of MP4 split them.
pub fn merge(cues: Vec<Cue>) -> Vec<Cue> {
    let cues = sort_and_merge(cues, looks);
    join(cues, looks)
}

/// How a cue looks: its place and its text.
pub(crate) fn looks(cue: &Cue) -> String {
    let mut looks = cue.settings.to_string();
    looks.push('\n');
    webvtt::append_text(cue.text.nodes(), &mut looks);
    looks
}

/// Sorts cues by their start; those with equal times and equal keys become one.
pub(crate) fn sort_and_merge(mut cues: Vec<Cue>, key: fn(&Cue) -> String) -> Vec<Cue> {
    cues.sort_by_key(|cue| cue.start_ms);
    let mut seen = HashSet::new();
    cues.retain(|cue| seen.insert((cue.start_ms, cue.end_ms, key(cue))));
    cues
}

/// Joins cues with equal keys of which one ends when the next starts. The cues are sorted.
pub(crate) fn join(cues: Vec<Cue>, key: fn(&Cue) -> String) -> Vec<Cue> {
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut joined: Vec<Cue> = Vec::with_capacity(cues.len());
    for cue in cues {
        let key = key(&cue);
        let before = last.get(&key).and_then(|at| joined.get_mut(*at));
        match before.filter(|before| before.end_ms == cue.start_ms) {
            Some(before) => before.end_ms = cue.end_ms,
            None => {
                last.insert(key, joined.len());
                joined.push(cue);
            }
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cue(start_ms: u64, end_ms: u64, text: &str) -> Cue {
        Cue::new(start_ms, end_ms, text.into())
    }

    #[test]
    fn equal_cues_become_one() {
        let cues = vec![cue(5, 9, "b"), cue(1, 9, "a"), cue(5, 9, "b"), cue(5, 8, "b")];
        assert_eq!(merge(cues), [cue(1, 9, "a"), cue(5, 9, "b"), cue(5, 8, "b")]);
    }

    #[test]
    fn parts_of_a_cue_are_joined() {
        let cues =
            vec![cue(0, 2, "a"), cue(2, 4, "a"), cue(2, 4, "b"), cue(4, 6, "a"), cue(7, 8, "a")];
        assert_eq!(merge(cues), [cue(0, 6, "a"), cue(2, 4, "b"), cue(7, 8, "a")]);
    }

    #[test]
    fn identifiers_are_one_line_that_is_nothing_else() {
        assert_eq!(CueId::new(" intro 1 ").expect("an id").as_str(), "intro 1");
        for line in ["", "  ", "a --> b", "NOTE", "STYLE x", "WEBVTT", "a\nb", &"x".repeat(201)] {
            assert_eq!(CueId::new(line), None, "{line}");
        }
    }
}
