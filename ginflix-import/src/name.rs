//! Guesses what the name of a media file, and those of the folders that it is in, say of it.
//!
//! # Rules
//! 1. A marker such as `S01E02` or `1x02` makes an episode; in a folder of a season (`Season 01`, `S01`, `Specials`) so do
//!    `Episode 3`, `01 - Title` and `Series - 01`. The text before it is the series, else the folder; the text after it is the title of the
//!    episode. A file without a number in such a folder has the season alone.
//! 2. `Title (2001)` is a title and a year, and what follows is the version (`Title (2001) - 4K`).
//! 3. A release name, with its resolution, codec or source, is read by the crate `hunch`. The folder of a release names a file whose
//!    own name says nothing.
//! 4. Any other name is the title as it is. `hunch` would drop words of it: of `Lecture 03 - Operating Systems` the last two. Only dots
//!    and underscores become spaces in a name without spaces, and a year at the end of such a name is the year.
//!
//! Ids in brackets, such as `[imdbid-tt0133093]` and `{tmdb-603}`, are in no title.

mod folders;
mod marker;
mod release;
mod season;
mod stem;
mod year;

use std::fmt;

use ginflix_api::movie::MAX_TITLE_CHARS;

use self::folders::Folders;
use self::marker::Marker;
use self::release::Release;
use self::stem::Stem;
use crate::text;

pub(crate) use self::stem::letters;

/// The most bytes of a name that are read. File systems allow 255 characters, which are at most 765 bytes.
pub const NAME_LIMIT_BYTES: usize = 1_024;
/// The number of folders above a file whose names are read.
pub const PARENTS_LIMIT: usize = 4;

/// What the name of a media file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guess {
    /// The title of the movie, or of the series if it is an episode. `None` if the series is not known.
    pub title: Option<String>,
    /// What follows a dash in the title of a release, such as `Rogue Nation`.
    pub alternative_title: Option<String>,
    /// The year of the movie or of the series.
    pub year: Option<u16>,
    /// The season; 0 is that of specials.
    pub season: Option<u16>,
    /// The episodes. Absent if it is a movie.
    pub episodes: Option<Episodes>,
    /// The title of the episode.
    pub episode_title: Option<String>,
    /// The part, if the movie is in several files, as in `Movie CD2.avi`.
    pub part: Option<u16>,
    /// The edition, such as `Director's Cut`.
    pub edition: Option<String>,
    /// What tells this file from others of the same movie, such as `4K`.
    pub version: Option<String>,
}

/// The episodes in a file: one, or several in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Episodes {
    /// The number of the first one.
    pub first: u16,
    /// The number of the last one, which is not less.
    pub last: u16,
}

impl Episodes {
    /// Returns one episode.
    pub fn one(number: u16) -> Self {
        Self { first: number, last: number }
    }
}

impl fmt::Display for Episodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:02}", self.first)?;
        if self.last > self.first { write!(f, "-E{:02}", self.last) } else { Ok(()) }
    }
}

impl Guess {
    /// Returns the title to show for the file; see [`display_title`]. It does not have the version.
    pub fn display_title(&self) -> String {
        let title = self.title.as_deref();
        if self.episodes.is_some() || self.season.is_some() {
            return display_title(title, self.season, self.episodes, self.episode_title.as_deref());
        }
        let mut whole = title.unwrap_or(UNTITLED).to_owned();
        if let Some(alternative) = &self.alternative_title {
            whole = format!("{whole} - {alternative}");
        }
        if let Some(part) = self.part {
            whole = format!("{whole} - Part {part}");
        }
        text::cut(&whole, MAX_TITLE_CHARS).to_owned()
    }
}

/// The title of a file whose name has nothing to show.
const UNTITLED: &str = "Untitled";

/// Returns the title of an episode within the catalogue, such as `Series S01E02 Title`, cut to [`MAX_TITLE_CHARS`].
pub fn display_title(
    series: Option<&str>,
    season: Option<u16>,
    episodes: Option<Episodes>,
    title: Option<&str>,
) -> String {
    let season = season.map(|season| format!("S{season:02}")).unwrap_or_default();
    let episodes = episodes.map(|episodes| episodes.to_string()).unwrap_or_default();
    let parts =
        [series.unwrap_or_default(), &format!("{season}{episodes}"), title.unwrap_or_default()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    text::title(&parts.join(" ")).unwrap_or_else(|| UNTITLED.to_owned())
}

/// Guesses what the name of a media file says. `parents` are the names of the folders that it is in, the nearest first, without the
/// root of the library; at most [`PARENTS_LIMIT`] are read. Names are of any characters; bytes after [`NAME_LIMIT_BYTES`] are not read.
pub fn guess(file_name: &str, parents: &[&str]) -> Guess {
    let stem = Stem::of_file(file_name);
    let folders = Folders::new(parents);
    let marker = marker::find(&stem.text, folders.season.is_some());
    if marker.is_none() && stem.is_opaque() && folders.is_release {
        return folders.guess;
    }
    let release = Release::read(&stem, marker.as_ref());
    let mut guess = match &marker {
        Some(marker) => episode(&stem, marker, release.as_ref(), &folders),
        None => match &release {
            Some(release) if release.is_episode() => release.episode(&folders),
            release if folders.season.is_some() => folders.unnumbered(&stem, release.as_ref()),
            release => movie(&stem, release.as_ref(), &folders),
        },
    };
    guess.edition = stem.edition.or(guess.edition);
    guess
}

/// Tells whether a text has a marker of an episode or the tags of a release, and so is no title that a person wrote.
pub fn is_release_name(text: &str) -> bool {
    let stem = Stem::of_folder(text);
    marker::find(&stem.text, false).is_some() || Release::read(&stem, None).is_some()
}

/// Returns the season of a folder by its name; 0 is that of specials.
pub fn season_of_folder(name: &str) -> Option<u16> {
    season::parse(&Stem::of_folder(name).text).map(|season| season.number)
}

fn episode(stem: &Stem, marker: &Marker, release: Option<&Release>, folders: &Folders) -> Guess {
    let before = stem.text.get(..marker.start).unwrap_or_default();
    let after = stem.text.get(marker.end..).unwrap_or_default();
    let before = stem::without_group(before);
    let (series, year) = match year::split(before) {
        Some(found) => (found.title, Some(found.year)),
        None => year::split_bare(before, stem.separator).unwrap_or((before, None)),
    };
    let mut guess = Guess {
        title: stem.readable(series),
        year,
        season: marker.season.or(folders.season),
        episodes: Some(marker.episodes),
        episode_title: stem.readable(after),
        ..Guess::default()
    };
    if let Some(release) = release {
        guess.episode_title = release.episode_title.clone();
        guess.edition = release.edition.clone();
        guess.version = release.version();
    }
    folders.complete(&mut guess);
    guess
}

fn movie(stem: &Stem, release: Option<&Release>, folders: &Folders) -> Guess {
    let (text, part) = stem::split_part(&stem.text);
    let mut guess = Guess { part, ..Guess::default() };
    if let Some(found) = year::split(text).filter(|found| !found.title.starts_with('[')) {
        guess.title = stem.readable(found.title);
        guess.year = Some(found.year);
        guess.version = stem.readable(stem::unbracketed(found.rest));
        if let Some(release) = release {
            guess.edition = release.edition.clone();
            if !found.rest.starts_with(" - ") {
                guess.version = release.version().or(guess.version);
            }
        }
    } else if let Some(release) = release {
        guess = release.movie();
        guess.part = part.or(guess.part);
    } else {
        let (title, year) = year::split_bare(text, stem.separator).unwrap_or((text, None));
        guess.title = stem.readable(title).filter(|title| !stem::is_generic(title));
        guess.year = year;
    }
    folders.complete(&mut guess);
    guess.title =
        guess.title.or_else(|| text::title(&stem.text)).or_else(|| text::title(&stem.name));
    guess.title.get_or_insert_with(|| UNTITLED.to_owned());
    guess
}

#[cfg(test)]
mod tests;
