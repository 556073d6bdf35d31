//! The fields of NFO files.

use ginflix_api::movie::{MAX_NAME_CHARS, MAX_NAMES};

use super::{Kind, Nfo, UniqueId};
use crate::text;

/// A field that has text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Title,
    OriginalTitle,
    SortTitle,
    Plot,
    Outline,
    Year,
    /// `<premiered>`, `<releasedate>` or `<aired>`, the best of which has the least number.
    Date(u8),
    Genre,
    Director,
    Actor,
    Season,
    Episode,
    ShowTitle,
    Runtime,
    UniqueId,
}

impl Field {
    /// Returns the field of an element below the root by its name in lower case.
    pub fn of_child(name: &str) -> Option<Self> {
        Some(match name {
            "title" => Self::Title,
            "originaltitle" => Self::OriginalTitle,
            "sorttitle" => Self::SortTitle,
            "plot" => Self::Plot,
            "outline" => Self::Outline,
            "year" => Self::Year,
            "premiered" => Self::Date(0),
            "releasedate" => Self::Date(1),
            "aired" => Self::Date(2),
            "genre" => Self::Genre,
            "director" => Self::Director,
            "season" => Self::Season,
            "episode" => Self::Episode,
            "showtitle" => Self::ShowTitle,
            "runtime" => Self::Runtime,
            "uniqueid" => Self::UniqueId,
            _ => return None,
        })
    }

    /// Returns the field of an element within another one below the root.
    pub fn of_grandchild(parent: &str, name: &str) -> Option<Self> {
        (parent == "actor" && name == "name").then_some(Self::Actor)
    }
}

/// The fields of one root.
#[derive(Default)]
pub struct Fields {
    /// The attribute `type` of the current `<uniqueid>`.
    pub database: String,
    title: Option<String>,
    original_title: Option<String>,
    sort_title: Option<String>,
    plot: Option<String>,
    outline: Option<String>,
    year: Option<u16>,
    dates: [Option<u16>; 3],
    genres: Vec<String>,
    directors: Vec<String>,
    actors: Vec<String>,
    season: Option<u16>,
    episode: Option<u16>,
    show_title: Option<String>,
    runtime_minutes: Option<u32>,
    unique_ids: Vec<UniqueId>,
}

impl Fields {
    /// Sets a field. Of one that may be there once, the first text counts that is not empty.
    pub fn set(&mut self, field: Field, content: &str) {
        let once =
            |field: &mut Option<String>, value: Option<String>| *field = field.take().or(value);
        match field {
            Field::Title => once(&mut self.title, text::title(content)),
            Field::OriginalTitle => once(&mut self.original_title, text::title(content)),
            Field::SortTitle => once(&mut self.sort_title, text::title(content)),
            Field::ShowTitle => once(&mut self.show_title, text::title(content)),
            Field::Plot => once(&mut self.plot, text::description(content)),
            Field::Outline => once(&mut self.outline, text::description(content)),
            Field::Year => self.year = self.year.or(year_of(content)),
            Field::Date(rank) => {
                if let Some(date) = self.dates.get_mut(usize::from(rank)) {
                    *date = date.or(year_of(content));
                }
            }
            Field::Genre => self.genres.extend(content.split(" / ").map(str::to_owned)),
            Field::Director => self.directors.extend(content.split(" / ").map(str::to_owned)),
            Field::Actor => self.actors.push(content.to_owned()),
            Field::Season => self.season = self.season.or(content.trim().parse().ok()),
            Field::Episode => self.episode = self.episode.or(content.trim().parse().ok()),
            Field::Runtime => {
                self.runtime_minutes = self.runtime_minutes.or(leading_number(content))
            }
            Field::UniqueId => self.add_id(content),
        }
    }

    fn add_id(&mut self, content: &str) {
        let Some(value) = text::bounded_line(content, MAX_NAME_CHARS) else { return };
        let id = UniqueId { database: std::mem::take(&mut self.database), value };
        if self.unique_ids.len() < MAX_NAMES && !self.unique_ids.contains(&id) {
            self.unique_ids.push(id);
        }
    }

    pub fn into_nfo(self, kind: Kind) -> Nfo {
        let names = |texts: &[String]| text::names(texts.iter().map(String::as_str));
        Nfo {
            kind,
            title: self.title,
            original_title: self.original_title,
            sort_title: self.sort_title,
            description: self.plot.or(self.outline),
            year: self.year.or_else(|| self.dates.into_iter().flatten().next()),
            genres: names(&self.genres),
            directors: names(&self.directors),
            cast: names(&self.actors),
            season: self.season,
            episode: self.episode,
            last_episode: None,
            series: self.show_title,
            runtime_minutes: self.runtime_minutes,
            unique_ids: self.unique_ids,
        }
    }
}

/// Reads the year with which a text begins: `1999`, `1999-03-31`.
fn year_of(content: &str) -> Option<u16> {
    let digits = content.trim().bytes().take_while(u8::is_ascii_digit).count();
    if digits == 4 { text::year(u64::from(leading_number(content)?)) } else { None }
}

/// Reads the number with which a text begins, as in `136 min`. Zero means that it is not known.
fn leading_number(content: &str) -> Option<u32> {
    let content = content.trim();
    let digits = content.bytes().take_while(u8::is_ascii_digit).count();
    content.get(..digits)?.parse().ok().filter(|number| *number > 0)
}
