//! The card of a movie in lists.

use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_api::poster::PosterWidth;

use super::Layout;
use crate::locale::messages::Message;
use crate::locale::{Locale, formats};

/// The data of a movie's card.
#[derive(Clone)]
pub struct Card {
    pub id: String,
    pub title: String,
    pub description: String,
    pub poster: Option<String>,
    /// Year, length and views, as far as they are known, in one line.
    pub facts: String,
    /// How far the account has watched it, if that is neither the beginning nor the end.
    pub progress: Option<Progress>,
    /// Whether the account has watched it to the end.
    pub is_watched: bool,
    /// What a button beside the card removes it from.
    pub removal: Option<Removal>,
}

/// How far a movie was watched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// The position in seconds.
    pub at: f64,
    /// The length in seconds.
    pub of: f64,
}

impl Progress {
    /// Returns the progress; `None` at the beginning, and if the length is not known.
    pub fn new(at: f64, of: f64) -> Option<Self> {
        (at > 0.0 && at <= of).then_some(Self { at, of })
    }
}

/// What a movie is removed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The row of movies to continue.
    Row,
    /// The history.
    History,
    /// The list.
    List,
}

impl Removal {
    /// Returns the name for the script.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Row => "watching",
            Self::History => "history",
            Self::List => "list",
        }
    }

    /// Says what the button does to the movie of this title.
    pub(super) fn label<'a>(&self, layout: &Layout, title: &'a str) -> Message<'a> {
        let message = match self {
            Self::Row => layout.say("card-removal-row"),
            Self::History => layout.say("card-removal-history"),
            Self::List => layout.say("card-removal-list"),
        };
        message.with("title", title)
    }
}

impl Card {
    /// Describes a movie in a language.
    pub fn new(movie: &Movie, locale: Locale) -> Self {
        let year = movie.year.map(|year| year.to_string());
        let length = movie.duration_seconds.map(|seconds| formats::duration(locale, seconds));
        let views = || locale.say("player-views").with("count", movie.views).to_string();
        let views = (movie.views > 0).then(views);
        let facts: Vec<String> = [year, length, views].into_iter().flatten().collect();
        Self {
            id: movie.id.to_string(),
            title: movie.title.clone(),
            description: movie.description.clone(),
            poster: movie.poster_path.clone(),
            facts: facts.join(" · "),
            progress: None,
            is_watched: false,
            removal: None,
        }
    }

    /// Returns the CSS class of the title.
    pub fn title_class(&self) -> &'static str {
        title_class(&self.title)
    }

    /// Returns the URL of the poster in the small width. `path` is that of the poster.
    pub fn small_poster(&self, path: &str) -> String {
        small_poster(path)
    }

    /// Returns the URLs of the poster in each width, with the widths, for the attribute `srcset`.
    pub fn poster_srcset(&self, path: &str) -> String {
        poster_srcset(path)
    }

    /// Returns the URL of a wide image: the poster if there is one, else a generated image.
    pub fn backdrop(&self) -> String {
        match &self.poster {
            Some(path) => path.clone(),
            None => format!("/movies/{}/backdrop.svg", self.id),
        }
    }
}

/// Returns the URL of a poster in the small width.
pub fn small_poster(path: &str) -> String {
    paths::poster_of_width(path, PosterWidth::Small)
}

/// Returns the URLs of a poster in each width, with the widths, for the attribute `srcset`.
pub fn poster_srcset(path: &str) -> String {
    let candidates = PosterWidth::ALL
        .map(|width| format!("{} {}w", paths::poster_of_width(path, width), width.pixels()));
    candidates.join(", ")
}

/// Returns the CSS class of a title: long titles and titles with long words are smaller.
pub fn title_class(title: &str) -> &'static str {
    let columns: usize = title.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum();
    let words = title.split_whitespace();
    // Lines can break between wide characters, so those make no long word.
    let longest = words.map(|word| word.chars().filter(|c| !is_wide(*c)).count()).max();
    match (columns, longest.unwrap_or_default()) {
        (..=24, ..=9) => "title-short",
        (..=60, ..=16) => "title-long",
        _ => "title-longest",
    }
}

/// Returns whether a character takes two columns: roughly, all from Hangul (U+1100) on.
fn is_wide(c: char) -> bool {
    c >= '\u{1100}'
}
