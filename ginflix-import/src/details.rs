//! The details of a movie, merged from all that is known of its media file.
//!
//! For each field, the NFO file of the movie or episode counts first, then that of the series, then the tags in the media file, then
//! what the names say. Of the NFO file of a series, an episode takes the title of the series, and the genres and people that its own lacks.
//! A title in the tags that is the name of a release is not taken.

use ginflix_api::inspection::{Inspection, Tags};
use ginflix_api::media::MediaName;
use ginflix_api::movie::{Episode, NewMovie};

use crate::layout::Item;
use crate::name::{self, Episodes, Guess};
use crate::nfo::{Kind, Nfo};
use crate::text;

/// Where a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The NFO file of the movie or episode.
    Nfo,
    /// The NFO file of the series.
    SeriesNfo,
    /// The tags in the media file.
    Tags,
    /// The names of the file and its folders.
    Name,
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: Source,
}

/// The details of a movie, within the limits of [`ginflix_api::movie`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The title to show: that of the movie, or as [`name::display_title`] makes it for an episode, and the version. Its source is that of
    /// the title of the movie or episode.
    pub title: Sourced<String>,
    /// The year.
    pub year: Option<Sourced<u16>>,
    /// The description.
    pub description: Option<Sourced<String>>,
    /// The genres; absent if there are none.
    pub genres: Option<Sourced<Vec<String>>>,
    /// The directors; absent if there are none.
    pub directors: Option<Sourced<Vec<String>>>,
    /// The cast; absent if there is none.
    pub cast: Option<Sourced<Vec<String>>>,
    /// The title of the series, of an episode.
    pub series: Option<Sourced<String>>,
    /// The year of the series, of an episode.
    pub series_year: Option<Sourced<u16>>,
    /// The season; 0 is that of specials.
    pub season: Option<Sourced<u16>>,
    /// The episodes.
    pub episodes: Option<Sourced<Episodes>>,
    /// The title of the episode.
    pub episode_title: Option<Sourced<String>>,
}

impl Details {
    /// Returns the details as a movie of the catalogue that plays this media file.
    pub fn into_movie(self, media: MediaName) -> NewMovie {
        fn value<T>(sourced: Option<Sourced<T>>) -> Option<T> {
            sourced.map(|sourced| sourced.value)
        }
        let episode = Episode {
            series: value(self.series),
            season: value(self.season),
            number: value(self.episodes).map(|episodes| episodes.first),
        };
        NewMovie {
            title: self.title.value,
            media,
            description: value(self.description).unwrap_or_default(),
            year: value(self.year),
            genres: value(self.genres).unwrap_or_default(),
            directors: value(self.directors).unwrap_or_default(),
            cast: value(self.cast).unwrap_or_default(),
            episode: Some(episode).filter(|episode| !episode.is_empty()),
        }
    }
}

/// What is known of a media file.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The content of its NFO file.
    pub nfo: Option<&'a Nfo>,
    /// The content of the NFO file of its series.
    pub series_nfo: Option<&'a Nfo>,
    /// What the file states, of which title and tags count.
    pub inspection: Option<&'a Inspection>,
    /// What the names say.
    pub guess: &'a Guess,
    /// The version of the movie, if there are several.
    pub version: Option<&'a str>,
}

impl<'a> Inputs<'a> {
    /// Returns what the plan knows of an item, without the content of any file.
    pub fn of_item(item: &'a Item) -> Self {
        let version = item.version.as_deref();
        Self { nfo: None, series_nfo: None, inspection: None, guess: &item.guess, version }
    }
}

/// Merges what is known of a media file.
pub fn merge(inputs: &Inputs<'_>) -> Details {
    let nfo = inputs.nfo.filter(|nfo| nfo.kind != Kind::Series);
    let is_movie_nfo = nfo.is_some_and(|nfo| nfo.kind == Kind::Movie);
    let no_tags = Tags::default();
    let tags = inputs.inspection.map_or(&no_tags, |inspection| &inspection.tags);
    let merger = Merger { nfo, inputs, tags };
    let episodes = merger.episodes().filter(|_| !is_movie_nfo);
    let is_episode = episodes.is_some() || (inputs.guess.season.is_some() && !is_movie_nfo);
    if is_episode { merger.episode(episodes) } else { merger.movie() }
}

struct Merger<'a> {
    nfo: Option<&'a Nfo>,
    tags: &'a Tags,
    inputs: &'a Inputs<'a>,
}

impl Merger<'_> {
    fn movie(&self) -> Details {
        let title = first([
            (self.nfo.and_then(|nfo| nfo.title.clone()), Source::Nfo),
            (self.title_of_tags(), Source::Tags),
            (Some(self.inputs.guess.display_title()), Source::Name),
        ]);
        let title = title.unwrap_or_else(|| untitled(self.inputs.guess));
        Details {
            title: self.with_version(title),
            year: self.year(self.inputs.guess.year),
            description: self.description(),
            genres: self.names(None, |nfo| &nfo.genres, &self.tags.genres),
            directors: self.names(None, |nfo| &nfo.directors, &self.tags.directors),
            cast: self.names(None, |nfo| &nfo.cast, &self.tags.cast),
            series: None,
            series_year: None,
            season: None,
            episodes: None,
            episode_title: None,
        }
    }

    fn episode(&self, episodes: Option<Sourced<Episodes>>) -> Details {
        let guess = self.inputs.guess;
        let series_nfo = self.inputs.series_nfo.filter(|nfo| nfo.kind == Kind::Series);
        let series = first([
            (self.nfo.and_then(|nfo| nfo.series.clone()), Source::Nfo),
            (series_nfo.and_then(|nfo| nfo.title.clone()), Source::SeriesNfo),
            (self.tags.series.as_deref().and_then(text::title), Source::Tags),
            (guess.title.clone(), Source::Name),
        ]);
        let season = first([
            (self.nfo.and_then(|nfo| nfo.season), Source::Nfo),
            (self.tags.season, Source::Tags),
            (guess.season, Source::Name),
        ]);
        let episode_title = first([
            (self.nfo.and_then(|nfo| nfo.title.clone()), Source::Nfo),
            (self.title_of_tags(), Source::Tags),
            (guess.episode_title.clone(), Source::Name),
        ]);
        let value = |sourced: &Option<Sourced<String>>| {
            sourced.as_ref().map(|sourced| sourced.value.clone())
        };
        let title = name::display_title(
            value(&series).as_deref(),
            season.as_ref().map(|season| season.value),
            episodes.as_ref().map(|episodes| episodes.value),
            value(&episode_title).as_deref(),
        );
        let source = episode_title.as_ref().map_or(Source::Name, |title| title.source);
        Details {
            title: self.with_version(Sourced { value: title, source }),
            // The year of the names is that of the series, in which the episode need not be from.
            year: self.year(guess.year),
            description: self.description(),
            genres: self.names(series_nfo, |nfo| &nfo.genres, &self.tags.genres),
            directors: self.names(series_nfo, |nfo| &nfo.directors, &self.tags.directors),
            cast: self.names(series_nfo, |nfo| &nfo.cast, &self.tags.cast),
            series,
            series_year: first([
                (series_nfo.and_then(|nfo| nfo.year), Source::SeriesNfo),
                (guess.year, Source::Name),
            ]),
            season,
            episodes,
            episode_title,
        }
    }

    fn episodes(&self) -> Option<Sourced<Episodes>> {
        let of_nfo = |nfo: &Nfo| {
            let first = nfo.episode.filter(|_| nfo.kind == Kind::Episode)?;
            Some(Episodes { first, last: nfo.last_episode.unwrap_or(first).max(first) })
        };
        first([
            (self.nfo.and_then(of_nfo), Source::Nfo),
            (self.tags.episode.map(Episodes::one), Source::Tags),
            (self.inputs.guess.episodes, Source::Name),
        ])
    }

    /// The title in the file, unless it is the name of a release.
    fn title_of_tags(&self) -> Option<String> {
        text::title(self.inputs.inspection?.title.as_deref()?)
            .filter(|title| !name::is_release_name(title))
    }

    fn year(&self, guess: Option<u16>) -> Option<Sourced<u16>> {
        first([
            (self.nfo.and_then(|nfo| nfo.year), Source::Nfo),
            (self.tags.year.and_then(|year| text::year(u64::from(year))), Source::Tags),
            (guess, Source::Name),
        ])
    }

    fn description(&self) -> Option<Sourced<String>> {
        first([
            (self.nfo.and_then(|nfo| nfo.description.clone()), Source::Nfo),
            (self.tags.description.as_deref().and_then(text::description), Source::Tags),
        ])
    }

    fn names(
        &self,
        series: Option<&Nfo>,
        of_nfo: fn(&Nfo) -> &Vec<String>,
        tags: &[String],
    ) -> Option<Sourced<Vec<String>>> {
        let filled = |names: &[String]| {
            let names = text::names(names.iter().map(String::as_str));
            Some(names).filter(|names| !names.is_empty())
        };
        first([
            (self.nfo.and_then(|nfo| filled(of_nfo(nfo))), Source::Nfo),
            (series.and_then(|nfo| filled(of_nfo(nfo))), Source::SeriesNfo),
            (filled(tags), Source::Tags),
        ])
    }

    /// Appends the version to a title. The title is cut, not the version.
    fn with_version(&self, title: Sourced<String>) -> Sourced<String> {
        let version =
            self.inputs.version.and_then(|version| text::bounded_line(version, MAX_VERSION_CHARS));
        let Some(version) = version else { return title };
        let room = ginflix_api::movie::MAX_TITLE_CHARS.saturating_sub(version.chars().count() + 3);
        Sourced { value: format!("{} - {version}", text::cut(&title.value, room)), ..title }
    }
}

/// The most characters of a version in a title.
const MAX_VERSION_CHARS: usize = 60;

fn untitled(guess: &Guess) -> Sourced<String> {
    Sourced { value: guess.display_title(), source: Source::Name }
}

/// The first value that is there.
fn first<T, const N: usize>(values: [(Option<T>, Source); N]) -> Option<Sourced<T>> {
    values.into_iter().find_map(|(value, source)| Some(Sourced { value: value?, source }))
}

#[cfg(test)]
mod tests;
