//! The page of media files and uploads.

use askama::Template;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::paths;
use ginflix_api::replica::MediaProblem;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::error::AppError;
use crate::http::media;
use crate::http::pages::playing::FileNote;
use crate::http::pages::{Layout, html, links};
use crate::http::request::AuthorizedRequest;
use crate::locale::{Locale, formats};

/// Files on one page.
const PAGE_SIZE: u32 = 200;
/// Largest number of files that the form of a movie offers.
const MAX_FILE_OPTIONS: usize = 5_000;

#[derive(Template)]
#[template(path = "admin/media.html")]
struct MediaListPage {
    layout: Layout,
    tab: &'static str,
    rows: Vec<MediaRow>,
    next: Option<String>,
    problems: Vec<MediaProblem>,
}

/// The data of a file's row in the table.
struct MediaRow {
    name: String,
    api_path: String,
    add_path: String,
    content_type: String,
    duration: String,
    size: String,
    created_at: String,
    created: String,
    note: Option<FileNote>,
    /// What the table says of a file in a library: whether it is there or gone.
    library: Option<String>,
    /// Whether the file can be removed: one that is in a library only after it is gone from it.
    can_remove: bool,
}

impl MediaRow {
    fn new(media: Media, locale: Locale) -> Self {
        let length = media.duration_seconds.map(|seconds| formats::duration(locale, seconds));
        Self {
            note: FileNote::of(&media, locale),
            can_remove: media.library.is_none() || media.missing_since.is_some(),
            library: media.library.map(|_| match media.missing_since {
                None => locale.say("file-in-library").to_string(),
                Some(_) => locale.say("file-gone").to_string(),
            }),
            api_path: paths::media(&media.name),
            add_path: add_path(&media.name),
            content_type: media.content_type,
            duration: length.unwrap_or_default(),
            size: formats::size(locale, media.size_bytes),
            created_at: media.created_at.to_string(),
            created: formats::day(locale, media.created_at),
            name: media.name.to_string(),
        }
    }
}

/// Builds the URL of the form for a new movie of a file.
fn add_path(name: &MediaName) -> String {
    links::with_query("/admin/movies/new", &[("media", name.as_str())])
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct MediaPageQuery {
    cursor: String,
}

/// `GET /admin/media`: returns a page of files, with the form for uploads.
pub async fn show(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: MediaPageQuery = req.query()?;
    let cursor = Some(query.cursor.as_str()).filter(|cursor| !cursor.is_empty());
    let found = req.app.catalog.media_list(cursor, Some(PAGE_SIZE)).await?;
    let next = found.next_cursor;
    let next = next.map(|cursor| links::with_query("/admin/media", &[("cursor", &cursor)]));
    let layout = Layout::new(&req);
    let row = |file| MediaRow::new(file, layout.locale);
    let rows = found.items.into_iter().map(row).collect();
    let problems = media::problems(&req.app).await?;
    let page = MediaListPage { layout, tab: "media", rows, next, problems };
    html(StatusCode::OK, &page)
}

/// Lists the first [`MAX_FILE_OPTIONS`] media files, by name.
pub(super) async fn all_media(req: &AuthorizedRequest) -> Result<Vec<Media>, AppError> {
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = req.app.catalog.media_list(cursor.as_deref(), Some(PAGE_SIZE)).await?;
        all.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() || all.len() >= MAX_FILE_OPTIONS {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_for_a_new_movie_has_the_file() {
        let name = "my film.mp4".parse().unwrap();
        assert_eq!(add_path(&name), "/admin/movies/new?media=my%20film.mp4");
    }
}
