//! What was wrong with a subtitle file, for people.

use std::fmt;

use crate::cue::CUES_LIMIT;
use crate::text::TEXT_LIMIT_CHARS;

/// A fault of a file. Its display is a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Some characters could not be decoded.
    Undecodable {
        /// How many characters.
        count: usize,
        /// The encoding that was assumed.
        encoding: &'static str,
    },
    /// Some cues had no valid time, and were left out.
    InvalidTimes(usize),
    /// Some cues ended before they started; each is shown for two seconds.
    EndsLengthened(usize),
    /// Some cues were shown for no time, and were left out.
    NoDuration(usize),
    /// Some parts of a WebVTT file had text but no times, and were left out.
    TextWithoutTimes(usize),
    /// The file had more than [`CUES_LIMIT`] cues; so many were left out.
    TooManyCues(usize),
    /// Some cues had more than [`TEXT_LIMIT_CHARS`] characters, and were cut.
    TextCut(usize),
    /// The file had too many styles and names of speakers; those of some cues were left out.
    StylesLeftOut(usize),
    /// The file had style sheets, which were left out.
    StyleSheetsLeftOut,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable { count, encoding } => {
                let (characters, were) = plural(*count, ["character", "characters"]);
                write!(f, "{count} {characters} {were} not valid in the encoding {encoding}.")
            }
            Self::InvalidTimes(count) => {
                let (cues, were) = plural(*count, CUES);
                write!(f, "{count} {cues} had no valid time and {were} left out.")
            }
            Self::EndsLengthened(1) => {
                f.write_str("1 cue did not end after its start; it is shown for 2 seconds.")
            }
            Self::EndsLengthened(count) => {
                write!(f, "{count} cues did not end after their start; ")?;
                f.write_str("each is shown for 2 seconds.")
            }
            Self::NoDuration(count) => {
                let (cues, were) = plural(*count, CUES);
                write!(f, "{count} {cues} did not end after the start and {were} left out.")
            }
            Self::TextWithoutTimes(count) => {
                let (parts, were) = plural(*count, ["part", "parts"]);
                write!(f, "{count} {parts} of the file had text but no times and {were} left out.")
            }
            Self::TooManyCues(count) => {
                let (cues, were) = plural(*count, CUES);
                write!(f, "{count} {cues} after the first {CUES_LIMIT} {were} left out.")
            }
            Self::TextCut(count) => {
                let (cues, were) = plural(*count, CUES);
                write!(
                    f,
                    "{count} {cues} had more than {TEXT_LIMIT_CHARS} characters and {were} cut."
                )
            }
            Self::StylesLeftOut(count) => {
                let (cues, _) = plural(*count, CUES);
                write!(f, "The file has too many styles; those of {count} {cues} were left out.")
            }
            Self::StyleSheetsLeftOut => f.write_str("The style sheets of the file were left out."),
        }
    }
}

const CUES: [&str; 2] = ["cue", "cues"];

/// The noun and the verb for a count.
fn plural(count: usize, [one, many]: [&'static str; 2]) -> (&'static str, &'static str) {
    if count == 1 { (one, "was") } else { (many, "were") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_sentences() {
        for (problem, sentence) in [
            (Problem::InvalidTimes(3), "3 cues had no valid time and were left out."),
            (Problem::InvalidTimes(1), "1 cue had no valid time and was left out."),
            (
                Problem::EndsLengthened(2),
                "2 cues did not end after their start; each is shown for 2 seconds.",
            ),
            (
                Problem::Undecodable { count: 1, encoding: "UTF-8" },
                "1 character was not valid in the encoding UTF-8.",
            ),
        ] {
            assert_eq!(problem.to_string(), sentence);
        }
    }
}
