//! The catalogue: all movies, by genre, and found by words.

use askama::Template;
use ginflix_api::Page;
use ginflix_api::movie::{Movie, MovieQuery, MovieSort};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::Card;
use super::{Frame, format, html, links};
use crate::error::AppError;
use crate::http::request::Req;

/// Movies a page: fills rows of 2, 3, 4, 5 and 6.
const PAGE: u32 = 60;
/// The most chips; a genre that is left out is still found by search.
const MAX_GENRES: usize = 40;

/// What the address of a catalogue page says. Unlike the API it takes unknown
/// keys, which links from elsewhere carry, and empty ones, which forms send.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Asked {
    pub q: String,
    pub genre: String,
    pub sort: String,
    pub cursor: String,
}

/// A link that may be the present choice.
pub(super) struct Choice {
    pub text: String,
    pub href: String,
    pub active: bool,
}

#[derive(Template)]
#[template(path = "catalogue.html")]
pub(super) struct CataloguePage {
    pub frame: Frame,
    pub lead: Option<Card>,
    pub cards: Vec<Card>,
    pub genre: String,
    pub genres: Vec<Choice>,
    pub sorts: Vec<Choice>,
    pub next: Option<String>,
    /// All movies of the catalogue.
    pub total: u64,
}

impl CataloguePage {
    fn is_empty(&self) -> bool {
        self.total == 0
    }

    fn heading(&self) -> String {
        match (self.frame.q.as_str(), self.genre.as_str()) {
            ("", "") => "All movies".to_owned(),
            ("", genre) => genre.to_owned(),
            _ => "Search".to_owned(),
        }
    }

    /// How many are shown, and whether there are more.
    fn found(&self) -> String {
        if self.frame.q.is_empty() && self.genre.is_empty() {
            return format::count(self.total, "movie");
        }
        let shown = format::count(self.cards.len() as u64, "movie");
        if self.next.is_some() { format!("{shown} and more") } else { shown }
    }
}

impl Asked {
    /// What the catalogue is asked for.
    fn query(&self) -> MovieQuery {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        MovieQuery {
            q: some(self.q.trim()),
            genre: some(&self.genre),
            sort: self.sort(),
            limit: Some(PAGE),
            cursor: some(&self.cursor),
            ..MovieQuery::default()
        }
    }

    fn sort(&self) -> Option<MovieSort> {
        Some(match self.sort.as_str() {
            "newest" => MovieSort::Newest,
            "title" => MovieSort::Title,
            "views" => MovieSort::Views,
            _ => return None,
        })
    }

    /// The address of the first page with these choices.
    pub fn link(&self) -> String {
        let q = self.q.trim();
        let path = if q.is_empty() { "/" } else { "/search" };
        let pairs =
            [("q", q), ("genre", &self.genre), ("sort", &self.sort), ("cursor", &self.cursor)];
        links::with_query(path, &pairs)
    }

    fn first_page(&self) -> Self {
        Self { cursor: String::new(), ..self.clone() }
    }

    /// The orders that make sense; the default one has no key in the address.
    fn sorts(&self) -> Vec<Choice> {
        let searching = !self.q.trim().is_empty();
        let default = if searching { ("", "Best match") } else { ("", "Newest") };
        let newest = searching.then_some(("newest", "Newest"));
        let known = self.sort().is_some_and(|sort| searching || sort != MovieSort::Newest);
        [Some(default), newest, Some(("title", "Title")), Some(("views", "Most viewed"))]
            .into_iter()
            .flatten()
            .map(|(key, text)| Choice {
                text: text.to_owned(),
                href: Self { sort: key.to_owned(), ..self.first_page() }.link(),
                active: if known { self.sort == key } else { key.is_empty() },
            })
            .collect()
    }

    /// One chip a genre, most used first; choosing the present one again drops it.
    fn genres(&self, mut used: Vec<(String, u64)>) -> Vec<Choice> {
        used.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        used.truncate(MAX_GENRES);
        used.into_iter()
            .map(|(text, _)| {
                let active = text == self.genre;
                let genre = if active { String::new() } else { text.clone() };
                let href = Self { genre, ..self.first_page() }.link();
                Choice { text, href, active }
            })
            .collect()
    }

    /// The page for what was found.
    pub fn page(
        &self,
        frame: Frame,
        found: Page<Movie>,
        genres: Vec<(String, u64)>,
        total: u64,
    ) -> CataloguePage {
        let plain = self.first_page().link() == "/" && self.cursor.is_empty();
        let cards: Vec<Card> = found.items.iter().map(Card::from).collect();
        CataloguePage {
            frame: Frame { q: self.q.trim().to_owned(), ..frame },
            lead: found.items.first().filter(|_| plain).map(Card::from),
            cards,
            genre: self.genre.clone(),
            genres: self.genres(genres),
            sorts: self.sorts(),
            next: found.next_cursor.map(|cursor| Self { cursor, ..self.clone() }.link()),
            total,
        }
    }
}

/// `GET /` and `GET /search`: one page, by what the address says.
pub async fn show(req: Req) -> Result<Response, AppError> {
    let asked: Asked = req.query()?;
    let catalog = &req.app.catalog;
    let found = catalog.movies(&asked.query()).await?;
    let genres = catalog.genres().await?;
    let total = catalog.count_movies().await?;
    html(StatusCode::OK, &asked.page(Frame::of(&req), found, genres, total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(q: &str, genre: &str, sort: &str) -> Asked {
        Asked { q: q.into(), genre: genre.into(), sort: sort.into(), cursor: "c".into() }
    }

    #[test]
    fn choices_start_at_the_first_page_and_keep_the_others() {
        let asked = asked("blue sky", "Drama", "title");
        let sorts = asked.sorts();
        assert_eq!(sorts[0].href, "/search?q=blue%20sky&genre=Drama");
        assert!(sorts.iter().filter(|s| s.active).all(|s| s.text == "Title"));
        let genres = asked.genres(vec![("Drama".into(), 1), ("War".into(), 2)]);
        assert_eq!(genres[0].href, "/search?q=blue%20sky&genre=War&sort=title");
        assert_eq!(genres[1].href, "/search?q=blue%20sky&sort=title");
        assert!(genres[1].active && !genres[0].active);
    }

    #[test]
    fn one_order_is_always_the_present_one() {
        for q in ["", "x"] {
            for sort in ["", "newest", "title", "views", "nonsense"] {
                let active = asked(q, "", sort).sorts().iter().filter(|s| s.active).count();
                assert_eq!(active, 1, "{q:?} {sort:?}");
            }
        }
    }

    #[test]
    fn an_address_from_elsewhere_is_taken() {
        let asked: Asked = serde_urlencoded::from_str("q=&sort=up&utm_source=mail").unwrap();
        assert_eq!(asked.query(), MovieQuery { limit: Some(PAGE), ..MovieQuery::default() });
    }
}
