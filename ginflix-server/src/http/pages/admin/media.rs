//! Files on the volume, and the upload of new ones.

use askama::Template;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::paths;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::error::AppError;
use crate::http::pages::{Frame, format, html, links};
use crate::http::request::Req;

/// Files a page.
const PAGE: u32 = 200;
/// The most files that the movie form offers.
const MAX_CHOICES: usize = 5_000;

#[derive(Template)]
#[template(path = "admin/media.html")]
struct MediaPage {
    frame: Frame,
    tab: &'static str,
    rows: Vec<Row>,
    next: Option<String>,
}

struct Row {
    name: String,
    api_path: String,
    add_path: String,
    content_type: String,
    duration: String,
    size: String,
    created_at: String,
    created: String,
}

impl From<Media> for Row {
    fn from(media: Media) -> Self {
        Self {
            api_path: paths::media(&media.name),
            add_path: add_path(&media.name),
            content_type: media.content_type,
            duration: media.duration_seconds.map(format::duration).unwrap_or_default(),
            size: format::size(media.size_bytes),
            created_at: media.created_at.to_string(),
            created: media.created_at.strftime("%Y-%m-%d").to_string(),
            name: media.name.to_string(),
        }
    }
}

/// The form for a new movie, filled in from a file's name.
fn add_path(name: &MediaName) -> String {
    let title = title_from(name.stem());
    links::with_query("/admin/movies/new", &[("media", name.as_str()), ("title", &title)])
}

/// `my_first-film` as `my first film`; a name that has spaces is a title as it is.
fn title_from(stem: &str) -> String {
    if stem.contains(' ') {
        return stem.to_owned();
    }
    let words: Vec<&str> = stem.split(['_', '-', '.']).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    cursor: String,
}

/// `GET /admin/media`.
pub async fn show(req: Req) -> Result<Response, AppError> {
    let asked: Asked = req.query()?;
    let cursor = Some(asked.cursor.as_str()).filter(|cursor| !cursor.is_empty());
    let found = req.app.catalog.media_list(cursor, Some(PAGE)).await?;
    let next = found.next_cursor;
    let next = next.map(|cursor| links::with_query("/admin/media", &[("cursor", &cursor)]));
    let rows = found.items.into_iter().map(Row::from).collect();
    html(StatusCode::OK, &MediaPage { frame: Frame::of(&req), tab: "media", rows, next })
}

/// The files to choose from, by name.
pub(super) async fn choices(req: &Req) -> Result<Vec<Media>, AppError> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = req.app.catalog.media_list(cursor.as_deref(), Some(PAGE)).await?;
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || all.len() >= MAX_CHOICES {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_come_from_names() {
        assert_eq!(title_from("my_first-film"), "my first film");
        assert_eq!(title_from("Already - a title"), "Already - a title");
        assert_eq!(title_from("..."), "");
        let name = "my_film.mp4".parse().unwrap();
        assert_eq!(add_path(&name), "/admin/movies/new?media=my_film.mp4&title=my%20film");
    }
}
