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
    pub year: String,
    pub sort: String,
    pub cursor: String,
}

/// What the whole catalogue has.
#[derive(Default)]
pub(super) struct Whole {
    /// Genres, and how many movies each has.
    pub genres: Vec<(String, u64)>,
    /// Years of movies, the latest first.
    pub years: Vec<u16>,
    pub movies: u64,
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
    pub year: Option<u16>,
    /// Years to choose from, the latest first.
    pub years: Vec<u16>,
    /// Where a form that changes the year leads, and what it has to keep.
    pub path: &'static str,
    pub kept: Vec<(&'static str, String)>,
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
        match (self.frame.q.as_str(), self.genre.as_str(), self.year) {
            ("", "", None) => "All movies".to_owned(),
            ("", "", Some(year)) => format!("Movies of {year}"),
            ("", genre, None) => genre.to_owned(),
            ("", genre, Some(year)) => format!("{genre}, {year}"),
            _ => "Search".to_owned(),
        }
    }

    /// What the movies that are not there would have to be: ` in Drama of 1999`.
    fn among(&self) -> String {
        let genre = (!self.genre.is_empty()).then(|| format!(" in {}", self.genre));
        let year = self.year.map(|year| format!(" of {year}"));
        [genre, year].into_iter().flatten().collect()
    }

    /// How many are shown, and whether there are more.
    fn found(&self) -> String {
        if self.frame.q.is_empty() && self.genre.is_empty() && self.year.is_none() {
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
            year: self.year(),
            sort: self.sort(),
            limit: Some(PAGE),
            cursor: some(&self.cursor),
            ..MovieQuery::default()
        }
    }

    fn year(&self) -> Option<u16> {
        self.year.trim().parse().ok()
    }

    fn sort(&self) -> Option<MovieSort> {
        Some(match self.sort.as_str() {
            "newest" => MovieSort::Newest,
            "title" => MovieSort::Title,
            "views" => MovieSort::Views,
            "week" => MovieSort::Week,
            _ => return None,
        })
    }

    /// The address of the first page with these choices.
    pub fn link(&self) -> String {
        let q = self.q.trim();
        let pairs = [
            ("q", q),
            ("genre", &self.genre),
            ("year", &self.year),
            ("sort", &self.sort),
            ("cursor", &self.cursor),
        ];
        links::with_query(self.path(), &pairs)
    }

    fn path(&self) -> &'static str {
        if self.q.trim().is_empty() { "/" } else { "/search" }
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
        let always = [("title", "Title"), ("views", "Most viewed"), ("week", "This week")];
        let choices = [Some(default), newest].into_iter().flatten().chain(always);
        choices
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

    /// Its years, and the present one though no movie may be of it.
    fn years(&self, mut used: Vec<u16>) -> Vec<u16> {
        if let Some(year) = self.year().filter(|year| !used.contains(year)) {
            used.push(year);
            used.sort_unstable_by(|a, b| b.cmp(a));
        }
        used
    }

    /// What a form that changes the year has to keep.
    fn kept(&self) -> Vec<(&'static str, String)> {
        let all = [("q", self.q.trim()), ("genre", &self.genre), ("sort", &self.sort)];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(key, value)| (key, value.to_owned())).collect()
    }

    /// The page for what was found.
    pub fn page(&self, frame: Frame, found: Page<Movie>, whole: Whole) -> CataloguePage {
        let plain = self.first_page().link() == "/" && self.cursor.is_empty();
        let cards: Vec<Card> = found.items.iter().map(Card::from).collect();
        CataloguePage {
            frame: Frame { q: self.q.trim().to_owned(), ..frame },
            lead: found.items.first().filter(|_| plain).map(Card::from),
            cards,
            genre: self.genre.clone(),
            genres: self.genres(whole.genres),
            year: self.year(),
            years: self.years(whole.years),
            path: self.path(),
            kept: self.kept(),
            sorts: self.sorts(),
            next: found.next_cursor.map(|cursor| Self { cursor, ..self.clone() }.link()),
            total: whole.movies,
        }
    }
}

/// `GET /` and `GET /search`: one page, by what the address says.
pub async fn show(req: Req) -> Result<Response, AppError> {
    let asked: Asked = req.query()?;
    let catalog = &req.app.catalog;
    let found = catalog.movies(&asked.query()).await?;
    let whole = Whole {
        genres: catalog.genres().await?,
        years: catalog.years().await?,
        movies: catalog.count_movies().await?,
    };
    html(StatusCode::OK, &asked.page(Frame::of(&req), found, whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(q: &str, genre: &str, sort: &str) -> Asked {
        let (q, genre, sort) = (q.into(), genre.into(), sort.into());
        Asked { q, genre, sort, year: "1999".into(), cursor: "c".into() }
    }

    #[test]
    fn choices_start_at_the_first_page_and_keep_the_others() {
        let asked = asked("blue sky", "Drama", "title");
        let sorts = asked.sorts();
        assert_eq!(sorts[0].href, "/search?q=blue%20sky&genre=Drama&year=1999");
        assert!(sorts.iter().filter(|s| s.active).all(|s| s.text == "Title"));
        let genres = asked.genres(vec![("Drama".into(), 1), ("War".into(), 2)]);
        assert_eq!(genres[0].href, "/search?q=blue%20sky&genre=War&year=1999&sort=title");
        assert_eq!(genres[1].href, "/search?q=blue%20sky&year=1999&sort=title");
        assert!(genres[1].active && !genres[0].active);
    }

    #[test]
    fn one_order_is_always_the_present_one() {
        for q in ["", "x"] {
            for sort in ["", "newest", "title", "views", "week", "nonsense"] {
                let active = asked(q, "", sort).sorts().iter().filter(|s| s.active).count();
                assert_eq!(active, 1, "{q:?} {sort:?}");
            }
        }
    }

    #[test]
    fn the_present_year_can_always_be_seen_and_left() {
        let asked = asked(" x ", "Drama", "");
        assert_eq!(asked.years(vec![2001, 1950]), [2001, 1999, 1950]);
        assert_eq!(asked.years(vec![1999]), [1999]);
        assert_eq!(asked.kept(), [("q", "x".to_owned()), ("genre", "Drama".to_owned())]);
        assert_eq!(Asked { year: "soon".into(), ..asked }.year(), None);
    }

    #[test]
    fn an_address_from_elsewhere_is_taken() {
        let asked: Asked = serde_urlencoded::from_str("q=&sort=up&utm_source=mail").unwrap();
        assert_eq!(asked.query(), MovieQuery { limit: Some(PAGE), ..MovieQuery::default() });
    }
}
