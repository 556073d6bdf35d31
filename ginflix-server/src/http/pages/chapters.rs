//! The chapters of a movie, as a list in its page.

use ginflix_api::inspection::{Chapter, Inspection};

use super::format;
use crate::locale::Locale;

/// A chapter in the list of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct ChapterLink {
    /// Where it starts, in seconds.
    pub start_seconds: f64,
    /// The same as on a clock, such as `1:02:03`.
    pub start: String,
    /// The title, or its number.
    pub title: String,
}

/// The chapters of one page at most.
const MAX_CHAPTERS: usize = 500;

/// Returns the chapters of a file, without those that start after its end.
pub fn chapter_links(found: &Inspection, locale: Locale) -> Vec<ChapterLink> {
    let end = found.duration_seconds.unwrap_or(f64::INFINITY);
    let chapters = found.chapters.iter().filter(|chapter| chapter.start_seconds < end);
    let link = |(number, chapter): (usize, &Chapter)| ChapterLink {
        start_seconds: chapter.start_seconds,
        start: format::clock(chapter.start_seconds),
        title: match chapter.title.trim() {
            "" => locale.say("movie-chapter").with("number", number + 1).to_string(),
            title => title.to_owned(),
        },
    };
    let links: Vec<_> = chapters.enumerate().map(link).take(MAX_CHAPTERS).collect();
    // A single chapter divides nothing.
    if links.len() > 1 { links } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(starts: &[(f64, &str)], locale: Locale) -> Vec<String> {
        let chapter = |(start, title): &(f64, &str)| Chapter {
            start_seconds: *start,
            title: (*title).into(),
        };
        let chapters = starts.iter().map(chapter).collect();
        let found =
            Inspection { chapters, duration_seconds: Some(9000.0), ..Inspection::default() };
        let links = chapter_links(&found, locale).into_iter();
        links.map(|link| format!("{} {}", link.start, link.title)).collect()
    }

    #[test]
    fn chapters_have_a_title_or_a_number() {
        let starts = [(0.0, "Opening"), (65.5, " "), (3661.0, "End"), (9000.0, "Late")];
        let found = titles(&starts, Locale::English);
        assert_eq!(found, ["0:00 Opening", "1:05 Chapter 2", "1:01:01 End"]);
        assert_eq!(titles(&starts, Locale::German)[1], "1:05 Kapitel 2");
    }

    #[test]
    fn one_chapter_is_none() {
        assert_eq!(titles(&[(0.0, "All")], Locale::English), [""; 0]);
    }
}
