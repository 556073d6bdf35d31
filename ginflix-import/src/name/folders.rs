//! What the names of the folders above a file say.

use super::release::Release;
use super::season::{self, SeasonFolder};
use super::stem::{Stem, same_words};
use super::{Guess, PARENTS_LIMIT, marker, year};

/// What the folders above a file say.
pub struct Folders {
    /// The number of the season, if the nearest folder is that of one.
    pub season: Option<u16>,
    /// Whether the nearest folder has the name of a release with a year or an episode.
    pub is_release: bool,
    /// The movie or the series; of a release, all that its name says.
    pub guess: Guess,
}

impl Folders {
    /// Reads the names of folders, the nearest first.
    pub fn new(parents: &[&str]) -> Self {
        let mut parents = parents.iter().take(PARENTS_LIMIT).map(|name| Stem::of_folder(name));
        let Some(nearest) = parents.next() else { return Self::of_title(None, Guess::default()) };
        let season = season::parse(&nearest.text);
        let number = season.as_ref().map(|season| season.number);
        let Some(SeasonFolder { series, .. }) = season else { return Self::of_folder(&nearest) };
        match series {
            Some(series) => Self::of_title(number, title(&nearest, series)),
            None => {
                let guess = parents.next().map(|stem| Self::of_folder(&stem).guess);
                Self::of_title(number, guess.unwrap_or_default())
            }
        }
    }

    fn of_title(season: Option<u16>, guess: Guess) -> Self {
        Self { season, is_release: false, guess }
    }

    fn of_folder(stem: &Stem) -> Self {
        let guess = title(stem, &stem.text);
        if guess.year.is_some() {
            return Self::of_title(None, guess);
        }
        let marker = marker::find(&stem.text, false);
        let Some(release) = Release::read(stem, marker.as_ref()) else {
            return Self::of_title(None, guess);
        };
        let mut guess = release.movie();
        guess.season = release.season;
        guess.episodes = marker.as_ref().map(|marker| marker.episodes).or(release.episodes);
        guess.episode_title = release.episode_title.clone();
        Self {
            season: None,
            is_release: guess.title.is_some() && (guess.year.is_some() || marker.is_some()),
            guess,
        }
    }

    /// Replaces a title by that of the folder if both have the same words, or there is none, and takes the year of the folder then.
    pub fn complete(&self, guess: &mut Guess) {
        let (Some(own), own_year) = (&self.guess.title, self.guess.year) else { return };
        let is_same = guess.title.as_deref().is_none_or(|title| same_words(title, own));
        if is_same && (guess.year.is_none() || guess.year == own_year || own_year.is_none()) {
            guess.title = Some(own.clone());
            guess.year = guess.year.or(own_year);
        }
    }

    /// Returns the guess for a file in the folder of a season whose name has no number.
    pub fn unnumbered(&self, stem: &Stem, release: Option<&Release>) -> Guess {
        let series = self.guess.title.clone();
        let name =
            release.and_then(|release| release.title.clone()).or_else(|| stem.readable(&stem.text));
        let after = series.as_deref().and_then(|series| {
            let rest = stem.text.get(series.len()..)?;
            let is_series = stem.text.get(..series.len())?.eq_ignore_ascii_case(series);
            stem.readable(rest).filter(|_| is_series && !rest.starts_with(char::is_alphanumeric))
        });
        let episode_title = after.or(name);
        Guess {
            title: series,
            year: self.guess.year,
            season: self.season,
            episode_title,
            ..Guess::default()
        }
    }
}

/// Reads the title and the year in parentheses of a folder.
fn title(stem: &Stem, text: &str) -> Guess {
    let (title, year) = match year::split(text) {
        Some(found) => (found.title, Some(found.year)),
        None => (text, None),
    };
    Guess { title: stem.readable(title), year, ..Guess::default() }
}
