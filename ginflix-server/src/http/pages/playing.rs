//! Whether and how a media file plays, in words for viewers and for administrators.

use ginflix_api::inspection::{Inspection, Problem};
use ginflix_api::media::Media;
use ginflix_api::playability::{BrowserPlayability, Outcome, Playability};
use ginflix_media::playability::played_tracks;

use super::chapters::{ChapterLink, chapter_links};
use super::playback_options::{PlaybackOptions, browsers_that_play};
use crate::catalog::playability_of;
use crate::locale::Locale;
use crate::media::inspect;

/// What the page of a movie says before the first click, and what its script needs to play the file.
#[derive(Debug, Default, PartialEq)]
pub struct Playing {
    /// Whether the file has a video track, without a picture of which playing is an error.
    pub has_picture: bool,
    /// A sentence for all viewers; `None` if it depends on the browser.
    pub note: Option<String>,
    /// Whether the note comes with a link to the file, because players on the viewer's device may play it.
    pub offers_download: bool,
    /// The ways to play it; `None` if the file is not inspected.
    pub options: Option<PlaybackOptions>,
    /// The chapters.
    pub chapters: Vec<ChapterLink>,
}

impl Playing {
    /// Describes a media file; of one that is not inspected nothing is said.
    pub fn of(media: &Media, locale: Locale) -> Self {
        let Some(found) = &media.inspection else { return Self::default() };
        let playability = playability_of(media);
        let damage = damage_note(found, locale);
        let offers_download = damage.is_none() && playability.is_hopeless();
        let hopeless = || locale.say("movie-hopeless").to_string();
        let note = damage.or_else(|| offers_download.then(hopeless));
        Self {
            has_picture: played_tracks(found).0.is_some(),
            options: PlaybackOptions::of(media, locale),
            chapters: chapter_links(found, locale),
            note,
            offers_download,
        }
    }

    /// Returns whether the browser may load the file before a script has chosen how to play it.
    pub fn starts_with_file(&self) -> bool {
        self.options.as_ref().is_none_or(PlaybackOptions::has_no_choice)
    }

    /// Returns whether there are several audio tracks.
    pub fn has_audio_choice(&self) -> bool {
        self.options.as_ref().is_some_and(|options| options.audio.len() > 1)
    }
}

/// Returns what a viewer should know of the damage of a file.
fn damage_note(found: &Inspection, locale: Locale) -> Option<String> {
    let damage = found.problems.iter().find(|problem| problem.is_damage())?;
    let note = match damage {
        Problem::Truncated { .. } if !found.tracks.is_empty() => locale.say("movie-cut-short"),
        Problem::Malformed { .. } => locale.say("movie-damaged"),
        _ => locale.say("movie-incomplete"),
    };
    Some(note.to_string())
}

/// What the list of files says about a file that is damaged or does not play everywhere.
#[derive(Debug, PartialEq, Eq)]
pub struct FileNote {
    /// Whether the file is cut short or broken.
    pub is_damaged: bool,
    /// A few words.
    pub summary: String,
    /// The reasons, in sentences.
    pub reasons: Vec<String>,
    /// A command that makes a copy which plays everywhere.
    pub remedy: Option<String>,
}

impl FileNote {
    /// Describes a media file; `None` if there is nothing to say.
    pub fn of(media: &Media, locale: Locale) -> Option<Self> {
        let found = media.inspection.as_ref()?;
        let playability = playability_of(media);
        let damage = inspect::damage(found);
        let is_damaged = damage.is_some();
        let summary = match damage {
            Some(why) => locale.say("file-damaged").with("reason", why).to_string(),
            None if playability.reasons.is_empty() => return None,
            None => summary(&playability, locale),
        };
        let Playability { reasons, remedy, .. } = playability;
        Some(Self { is_damaged, summary, reasons, remedy })
    }
}

/// Says in a few words where a file plays: by the browsers that play it, or by the others if these are fewer.
fn summary(playability: &Playability, locale: Locale) -> String {
    let plays = browsers_that_play(playability);
    let other = |entry: &&BrowserPlayability| !entry.outcome.is_whole();
    let others: Vec<&BrowserPlayability> = playability.browsers.iter().filter(other).collect();
    let names: Vec<&str> = others.iter().map(|entry| entry.browser.name()).collect();
    let may_play = others.iter().all(|entry| entry.outcome == Outcome::DependsOnDevice);
    let message = match (plays.as_slice(), names.len()) {
        (_, 0) => locale.say("plays-unknown"),
        _ if playability.is_hopeless() => locale.say("plays-nowhere"),
        ([], _) => locale.say("plays-on-some-devices"),
        (_, 1..=2) if may_play => {
            locale.say("plays-perhaps-not").with("browsers", listed(&names, locale))
        }
        (_, 1..=2) => locale.say("plays-not").with("browsers", listed(&names, locale)),
        (some, _) => locale.say("plays-only").with("browsers", listed(some, locale)),
    };
    message.to_string()
}

/// Joins names: `Chrome, Edge and Safari`.
pub fn listed(names: &[&str], locale: Locale) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => locale
            .say("two-names")
            .with("first", first.join(", "))
            .with("second", *last)
            .to_string(),
    }
}

#[cfg(test)]
mod tests;
