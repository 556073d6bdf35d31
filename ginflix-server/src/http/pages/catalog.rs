//! The pages of movie lists: all movies, or those of a genre, a year or a search.

use askama::Template;
use ginflix_api::Page;
use ginflix_api::movie::{Movie, MovieQuery, MovieSort};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::card::Card;
use super::watching::mark;
use super::{Layout, html, links, redirect};
use crate::catalog::home::by_count;
use crate::error::AppError;
use crate::http::request::AuthorizedRequest;
use crate::locale::Locale;
use crate::locale::messages::Message;

/// Movies on one page: fills rows of 2, 3, 4, 5 and 6.
const PAGE_SIZE: u32 = 60;
/// Largest number of genres to choose from; the other genres are still found by search.
const MAX_GENRES: usize = 40;

/// The query of a catalogue page. Unlike the API, it accepts unknown keys, which links from other
/// sites add, and empty values, which forms send.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct CatalogQuery {
    pub q: String,
    pub genre: String,
    pub year: String,
    pub sort: String,
    pub cursor: String,
}

/// Facts about the whole catalogue.
#[derive(Default)]
pub(super) struct CatalogSummary {
    /// Genres with the number of movies of each.
    pub genres: Vec<(String, u64)>,
    /// Years of movies, the latest first.
    pub years: Vec<u16>,
    /// Number of movies.
    pub movies: u64,
}

/// A link to a choice, which may be the current one.
pub(super) struct LinkOption {
    pub text: String,
    pub href: String,
    pub active: bool,
}

#[derive(Template)]
#[template(path = "catalog.html")]
pub(super) struct CatalogPage {
    pub layout: Layout,
    pub cards: Vec<Card>,
    pub genre: String,
    pub genres: Vec<LinkOption>,
    pub year: Option<u16>,
    /// Years to choose from, the latest first.
    pub years: Vec<u16>,
    /// Target of the form that changes the year, and its hidden fields.
    pub path: &'static str,
    pub hidden_fields: Vec<(&'static str, String)>,
    pub sorts: Vec<LinkOption>,
    /// URL of the next page, if there is one.
    pub next: Option<String>,
    /// Number of movies in the catalogue.
    pub total: u64,
}

impl CatalogPage {
    fn is_empty(&self) -> bool {
        self.total == 0
    }

    fn heading(&self) -> String {
        let message = match (self.layout.q.as_str(), self.genre.as_str(), self.year) {
            ("", "", None) => self.layout.say("all-movies"),
            ("", "", Some(_)) => self.layout.say("catalog-year").with("year", self.year_text()),
            ("", genre, None) => return genre.to_owned(),
            ("", genre, Some(_)) => {
                let year = self.year_text();
                self.layout.say("catalog-genre-year").with("genre", genre).with("year", year)
            }
            (q, ..) => self.layout.say("catalog-results").with("words", q),
        };
        message.to_string()
    }

    /// Returns the year as text, because numbers in messages have separated thousands.
    fn year_text(&self) -> String {
        self.year.map(|year| year.to_string()).unwrap_or_default()
    }

    /// Returns the title of the page, which begins with what differs from other pages.
    fn page_title(&self) -> String {
        let title = match self.layout.q.as_str() {
            "" => self.heading(),
            q => self.layout.say("catalog-search-title").with("words", q).to_string(),
        };
        format!("{title} · GinFlix")
    }

    /// Says that the filters select nothing.
    fn nothing(&self) -> Message<'_> {
        self.layout
            .say("catalog-none")
            .with("filters", self.filters())
            .with("genre", &self.genre)
            .with("year", self.year_text())
    }

    /// Says that nothing matches the words of the search, among what the filters select.
    fn no_match(&self) -> Message<'_> {
        self.layout
            .say("catalog-no-match")
            .with("filters", self.filters())
            .with("genre", &self.genre)
            .with("year", self.year_text())
            .with("words", &self.layout.q)
    }

    /// Returns which filters there are, as messages select by it.
    fn filters(&self) -> &'static str {
        match (self.genre.is_empty(), self.year.is_some()) {
            (true, false) => "none",
            (false, false) => "genre",
            (true, true) => "year",
            (false, true) => "both",
        }
    }

    fn has_filters(&self) -> bool {
        !self.genre.is_empty() || self.year.is_some()
    }

    /// Returns the URL of the same search without filters.
    fn search_everywhere(&self) -> String {
        links::with_query("/search", &[("q", &self.layout.q)])
    }

    /// Describes how many movies are shown, and whether there are more.
    fn result_count(&self) -> String {
        if self.layout.q.is_empty() && self.genre.is_empty() && self.year.is_none() {
            return self.layout.say("movie-count").with("count", self.total).to_string();
        }
        let message = match self.next {
            Some(_) => self.layout.say("catalog-count-more"),
            None => self.layout.say("movie-count"),
        };
        message.with("count", self.cards.len()).to_string()
    }
}

impl CatalogQuery {
    /// Builds the query of the catalogue.
    fn movie_query(&self) -> MovieQuery {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        MovieQuery {
            q: some(self.q.trim()),
            genre: some(&self.genre),
            year: self.year(),
            sort: self.sort(),
            limit: Some(PAGE_SIZE),
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

    /// Builds the URL of the page with this query.
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
        if self.q.trim().is_empty() { "/movies" } else { "/search" }
    }

    /// Returns whether this is not the query of all movies.
    pub fn has_filters(&self) -> bool {
        self.link() != "/movies"
    }

    fn first_page(&self) -> Self {
        Self { cursor: String::new(), ..self.clone() }
    }

    /// Returns the possible orders; the default one is not in the URL.
    fn sorts(&self, locale: Locale) -> Vec<LinkOption> {
        let is_search = !self.q.trim().is_empty();
        let newest = locale.say("sort-newest");
        let (default, newest) = match is_search {
            true => (("", locale.say("sort-best")), Some(("newest", newest))),
            false => (("", newest), None),
        };
        let is_explicit = self.sort().is_some_and(|sort| is_search || sort != MovieSort::Newest);
        let always = [
            ("title", locale.say("sort-title")),
            ("views", locale.say("sort-views")),
            ("week", locale.say("sort-week")),
        ];
        let choices = [Some(default), newest].into_iter().flatten().chain(always);
        choices
            .map(|(key, text)| LinkOption {
                text: text.to_string(),
                href: Self { sort: key.to_owned(), ..self.first_page() }.link(),
                active: if is_explicit { self.sort == key } else { key.is_empty() },
            })
            .collect()
    }

    /// Returns a link for all genres and for each genre, the most used first. The current one is always among them.
    fn genres(&self, used: Vec<(String, u64)>, locale: Locale) -> Vec<LinkOption> {
        let mut names: Vec<String> = by_count(used).into_iter().map(|(genre, _)| genre).collect();
        if names.is_empty() && self.genre.is_empty() {
            return Vec::new();
        }
        let current = names.iter().position(|genre| *genre == self.genre);
        // One that is beyond the limit, or of no movie, is shown as well.
        if current.is_none_or(|position| position >= MAX_GENRES) && !self.genre.is_empty() {
            names.retain(|genre| *genre != self.genre);
            names.insert(0, self.genre.clone());
        }
        names.truncate(MAX_GENRES);
        let all = std::iter::once((String::new(), locale.say("catalog-all-genres").to_string()));
        all.chain(names.into_iter().map(|genre| (genre.clone(), genre)))
            .map(|(genre, text)| {
                let active = genre == self.genre;
                LinkOption { text, href: Self { genre, ..self.first_page() }.link(), active }
            })
            .collect()
    }

    /// Returns the years to choose from, and the current one even if no movie is of that year.
    fn years(&self, mut used: Vec<u16>) -> Vec<u16> {
        if let Some(year) = self.year().filter(|year| !used.contains(year)) {
            used.push(year);
            used.sort_unstable_by(|a, b| b.cmp(a));
        }
        used
    }

    /// Returns the fields that the form for the year has to keep.
    fn hidden_fields(&self) -> Vec<(&'static str, String)> {
        let all = [("q", self.q.trim()), ("genre", &self.genre), ("sort", &self.sort)];
        let set = all.into_iter().filter(|(_, value)| !value.is_empty());
        set.map(|(key, value)| (key, value.to_owned())).collect()
    }

    /// Builds the page with the movies that were found.
    pub fn page(&self, layout: Layout, found: Page<Movie>, summary: CatalogSummary) -> CatalogPage {
        let cards: Vec<Card> =
            found.items.iter().map(|movie| Card::new(movie, layout.locale)).collect();
        CatalogPage {
            cards,
            genre: self.genre.clone(),
            genres: self.genres(summary.genres, layout.locale),
            year: self.year(),
            years: self.years(summary.years),
            path: self.path(),
            hidden_fields: self.hidden_fields(),
            sorts: self.sorts(layout.locale),
            next: found.next_cursor.map(|cursor| Self { cursor, ..self.clone() }.link()),
            total: summary.movies,
            layout: Layout { q: self.q.trim().to_owned(), ..layout },
        }
    }
}

/// `GET /movies`: returns the page of all movies, or those that the filters select.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    page(req, "/movies").await
}

/// `GET /search`: returns the page of the results of a search.
pub async fn search(req: AuthorizedRequest) -> Result<Response, AppError> {
    page(req, "/search").await
}

/// Returns a page of the movies that the query selects, or a redirection if another path is that of such queries.
async fn page(req: AuthorizedRequest, path: &str) -> Result<Response, AppError> {
    let query: CatalogQuery = req.query()?;
    if query.path() != path {
        return redirect(&query.link());
    }
    let catalog = &req.app.catalog;
    let found = catalog.movies(&query.movie_query()).await?;
    let summary = CatalogSummary {
        genres: catalog.genres().await?,
        years: catalog.years().await?,
        movies: catalog.count_movies().await?,
    };
    let mut page = query.page(Layout::new(&req), found, summary);
    mark(&req, &mut page.cards).await;
    html(StatusCode::OK, &page)
}

#[cfg(test)]
mod tests;
