//! Inspects a media file: by `ginflix-media`, or by ffprobe for the formats that this does not read.

use std::fs::File;
use std::io;

use ginflix_api::inspection::{Inspection, Problem};
use ginflix_media::source::Budget;

use super::ffprobe;

/// The most bytes that an inspection may have as JSON. A file may claim more names than anybody reads.
const INSPECTION_LIMIT_BYTES: usize = 128 * 1024;

/// Returns what is in a file. Blocks while it reads the file, in a bounded number of reads.
///
/// # Errors
/// Fails if the file cannot be read.
pub fn inspect(file: &File) -> io::Result<Inspection> {
    let found = ginflix_media::inspect(file, Budget::default())?;
    let described = ffprobe::format_of(found.container)
        .and_then(|format| ffprobe::describe(file, format, found.container));
    Ok(within_limit(described.unwrap_or(found)))
}

/// Returns what makes the file incomplete or broken, as a sentence; `None` if nothing does.
pub fn damage(found: &Inspection) -> Option<String> {
    found.problems.iter().find(|problem| problem.is_damage()).map(Problem::to_string)
}

/// Halves the lists until the inspection is within the limit.
fn within_limit(mut found: Inspection) -> Inspection {
    while serde_json::to_vec(&found).map_or(0, |json| json.len()) > INSPECTION_LIMIT_BYTES {
        let halve = |length: usize| length / 2;
        if found.chapters.len() + found.attachments.len() > 0 {
            found.chapters.truncate(halve(found.chapters.len()));
            found.attachments.truncate(halve(found.attachments.len()));
        } else if !found.tracks.is_empty() {
            found.tracks.truncate(halve(found.tracks.len()));
        } else {
            break; // what is left has limits of its own
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use ginflix_api::inspection::Chapter;

    use super::*;

    #[test]
    fn an_inspection_has_a_limit() {
        let chapter = |n: usize| Chapter { start_seconds: n as f64, title: "x".repeat(1000) };
        let few: Vec<Chapter> = (0..50).map(chapter).collect();
        let found = within_limit(Inspection { chapters: few.clone(), ..Inspection::default() });
        assert_eq!(found.chapters, few);
        let many = (0..1000).map(chapter).collect();
        let found = within_limit(Inspection { chapters: many, ..Inspection::default() });
        assert_eq!(found.chapters.len(), 125);
    }

    #[test]
    fn only_damage_is_damage() {
        let with = |problem| Inspection { problems: vec![problem], ..Inspection::default() };
        assert_eq!(damage(&with(Problem::NoTracks)), None);
        assert_eq!(damage(&with(Problem::Encrypted)), None);
        let why = damage(&with(Problem::Truncated { missing_bytes: 7 }));
        assert_eq!(why.unwrap(), "it is cut short: at least 7 bytes are missing at its end");
    }
}
