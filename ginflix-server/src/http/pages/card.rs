//! A movie in a list of movies.

use ginflix_api::movie::Movie;

use super::format;

/// What a card shows.
pub struct Card {
    pub id: String,
    pub title: String,
    pub description: String,
    pub poster: Option<String>,
    /// Year, length and views, as far as they are known.
    pub facts: String,
}

impl From<&Movie> for Card {
    fn from(movie: &Movie) -> Self {
        let year = movie.year.map(|year| year.to_string());
        let length = movie.duration_seconds.map(format::duration);
        let views = (movie.views > 0).then(|| format::count(movie.views, "view"));
        let facts: Vec<String> = [year, length, views].into_iter().flatten().collect();
        Self {
            id: movie.id.to_string(),
            title: movie.title.clone(),
            description: movie.description.clone(),
            poster: movie.poster_path.clone(),
            facts: facts.join(" · "),
        }
    }
}

impl Card {
    /// Long titles and titles with long words are set smaller.
    pub fn title_class(&self) -> &'static str {
        let columns: usize = self.title.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum();
        let words = self.title.split_whitespace();
        // Wide characters break anywhere, so they make no long word.
        let longest = words.map(|word| word.chars().filter(|c| !is_wide(*c)).count()).max();
        match (columns, longest.unwrap_or_default()) {
            (..=24, ..=9) => "title-short",
            (..=60, ..=16) => "title-long",
            _ => "title-longest",
        }
    }

    /// A wide picture: the poster where there is one, else the drawn one.
    pub fn backdrop(&self) -> String {
        match &self.poster {
            Some(path) => path.clone(),
            None => format!("/movies/{}/backdrop.svg", self.id),
        }
    }
}

/// Whether a character is as wide as two: roughly all from Hangul on.
fn is_wide(c: char) -> bool {
    c >= '\u{1100}'
}
