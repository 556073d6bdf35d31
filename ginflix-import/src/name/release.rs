//! Release names, such as `The.Matrix.1999.1080p.BluRay.x264-GROUP`, as the crate `hunch` reads them.

mod tame;

use std::sync::LazyLock;

use hunch::{HunchResult, Pipeline, Property};

use self::tame::Tame;
use super::folders::Folders;
use super::marker::Marker;
use super::stem::{Stem, same_words};
use super::{Episodes, Guess, year};
use crate::text;

static PIPELINE: LazyLock<Pipeline> = LazyLock::new(Pipeline::new);

/// Tags that no other name has.
const SURE_TAGS: [Property; 5] = [
    Property::ScreenSize,
    Property::VideoCodec,
    Property::VideoProfile,
    Property::ColorDepth,
    Property::Crc,
];
/// Tags that may be words of a title, such as `Web`.
const OTHER_TAGS: [Property; 4] =
    [Property::Source, Property::AudioCodec, Property::StreamingService, Property::ReleaseGroup];

/// What a release name says.
#[derive(Debug, Default)]
pub struct Release {
    pub title: Option<String>,
    pub alternative_title: Option<String>,
    pub year: Option<u16>,
    pub season: Option<u16>,
    pub episodes: Option<Episodes>,
    pub episode_title: Option<String>,
    pub part: Option<u16>,
    pub edition: Option<String>,
    screen_size: Option<String>,
    source: Option<String>,
}

impl Release {
    /// Reads a name in which this marker was found. `None` if it has no tags of a release.
    pub fn read(stem: &Stem, marker: Option<&Marker>) -> Option<Self> {
        let name = Tame::new(&stem.text, marker);
        // hunch takes what follows the last dot as an extension.
        let found = PIPELINE.run(&format!("{}.mkv", name.ascii));
        is_release(stem, &found).then(|| Self::new(&found, &name, stem))
    }

    fn new(found: &HunchResult, name: &Tame, stem: &Stem) -> Self {
        let text = |property| found.first(property).and_then(text::title);
        // For a name of tags alone hunch takes the extension as the title.
        let title = |property| {
            let restored = name.restore(found.first(property)?)?;
            if restored.is_ascii() { text::title(&restored) } else { stem.readable(&restored) }
        };
        let number = |property| found.first(property).and_then(|value| value.parse::<u16>().ok());
        let numbers = found.all(Property::Episode);
        let mut episodes = numbers.iter().filter_map(|value| value.parse::<u16>().ok());
        let first = episodes.next();
        let last = episodes.next_back().or(first);
        let span = first.zip(last);
        Self {
            // hunch leaves only the article of `The.Collector.2009.1080p`, and nothing of `F1.2024.1080p`.
            title: title(Property::Title)
                .filter(|title| !same_words(title, "the"))
                .or_else(|| stem.readable(year::before(&stem.text, found.year()?)?))
                .or_else(|| title(Property::Title)),
            alternative_title: title(Property::AlternativeTitle),
            year: number(Property::Year).and_then(|year| text::year(u64::from(year))),
            season: number(Property::Season),
            episodes: span.map(|(first, last)| Episodes { first, last: last.max(first) }),
            episode_title: title(Property::EpisodeTitle),
            part: number(Property::Part).or_else(|| number(Property::Cd)),
            edition: text(Property::Edition),
            screen_size: text(Property::ScreenSize),
            source: text(Property::Source),
        }
    }

    /// Tells whether it is an episode or a season.
    pub fn is_episode(&self) -> bool {
        self.episodes.is_some() || self.season.is_some()
    }

    /// Returns what tells it from other releases of the same movie.
    pub fn version(&self) -> Option<String> {
        let parts = [&self.edition, &self.screen_size, &self.source];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        text::title(&parts.join(" "))
    }

    /// Returns the guess for a movie.
    pub fn movie(&self) -> Guess {
        Guess {
            title: self.title.clone(),
            alternative_title: self.alternative_title.clone(),
            year: self.year,
            part: self.part,
            edition: self.edition.clone(),
            version: self.version(),
            ..Guess::default()
        }
    }

    /// Returns the guess for an episode.
    pub fn episode(&self, folders: &Folders) -> Guess {
        let mut guess = Guess {
            season: self.season.or(folders.season),
            episodes: self.episodes,
            episode_title: self.episode_title.clone(),
            ..self.movie()
        };
        folders.complete(&mut guess);
        guess
    }
}

/// Tells whether a name has the tags of a release: one that is sure, two others, or another one in a name without spaces or with brackets. A group
/// counts if the name begins with it.
fn is_release(stem: &Stem, found: &HunchResult) -> bool {
    let has = |property: &Property| found.first(*property).is_some();
    let group = found.first(Property::ReleaseGroup);
    let begins_with_group = stem.text.strip_prefix('[').is_some_and(|rest| {
        let name = rest.split(']').next().unwrap_or_default();
        group.is_some_and(|group| same_words(group, name))
    });
    let others = OTHER_TAGS.iter().filter(|property| has(property)).count();
    let enough = if stem.separator == ' ' && !stem.text.contains('[') { 2 } else { 1 };
    let is_group_alone = others == 1 && group.is_some();
    SURE_TAGS.iter().any(has) || begins_with_group || (others >= enough && !is_group_alone)
}
