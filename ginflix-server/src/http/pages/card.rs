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
    /// Long titles are set smaller. CJK characters are twice as wide as others.
    pub fn title_class(&self) -> &'static str {
        let width: usize = self.title.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum();
        match width {
            0..=24 => "title-short",
            25..=60 => "title-long",
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
