//! The form that adds or edits one movie; its script writes through the API.

use askama::Template;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{
    MAX_DESCRIPTION_CHARS, MAX_POSTER_BYTES, MAX_TITLE_CHARS, Movie, MovieId, YEARS,
};
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::media;
use crate::error::AppError;
use crate::http::pages::{Frame, format, html};
use crate::http::request::Req;

#[derive(Template)]
#[template(path = "admin/movie.html")]
struct FormPage {
    frame: Frame,
    tab: &'static str,
    form: Form,
    media: Vec<Choice>,
    years: std::ops::RangeInclusive<u16>,
    max_title: usize,
    max_description: usize,
    poster_limit: String,
}

impl FormPage {
    fn new(frame: Frame, form: Form, media: Vec<Choice>) -> Self {
        Self {
            frame,
            tab: "movies",
            form,
            media,
            years: YEARS,
            max_title: MAX_TITLE_CHARS,
            max_description: MAX_DESCRIPTION_CHARS,
            poster_limit: format::size(MAX_POSTER_BYTES),
        }
    }

    fn heading(&self) -> &str {
        if self.form.id.is_empty() { "Add a movie" } else { &self.form.title }
    }
}

/// What the fields hold; `id` and `version` are empty for a new movie.
#[derive(Default)]
struct Form {
    id: String,
    version: String,
    title: String,
    year: String,
    description: String,
    genres: String,
    directors: String,
    cast: String,
    poster: Option<String>,
}

impl From<&Movie> for Form {
    fn from(movie: &Movie) -> Self {
        Self {
            id: movie.id.to_string(),
            version: movie.version.to_string(),
            title: movie.title.clone(),
            year: movie.year.map(|year| year.to_string()).unwrap_or_default(),
            description: movie.description.clone(),
            genres: movie.genres.join(", "),
            directors: movie.directors.join("\n"),
            cast: movie.cast.join("\n"),
            poster: movie.poster_path.clone(),
        }
    }
}

/// A file to choose.
struct Choice {
    name: String,
    facts: String,
    selected: bool,
}

/// The files, with the chosen one among them also where it is missing.
fn choices(files: Vec<Media>, chosen: Option<&MediaName>) -> Vec<Choice> {
    let missing = chosen.filter(|name| !files.iter().any(|file| file.name == **name));
    let missing = missing.map(|name| Choice {
        name: name.to_string(),
        facts: "missing".to_owned(),
        selected: true,
    });
    let present = files.into_iter().map(|file| {
        let length = file.duration_seconds.map(format::duration);
        let facts: Vec<_> = length.into_iter().chain([format::size(file.size_bytes)]).collect();
        Choice {
            selected: chosen == Some(&file.name),
            name: file.name.to_string(),
            facts: facts.join(", "),
        }
    });
    missing.into_iter().chain(present).collect()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    media: String,
    title: String,
}

/// `GET /admin/movies/new?media=NAME&title=TITLE`.
pub async fn new(req: Req) -> Result<Response, AppError> {
    let asked: Asked = req.query()?;
    let files = media::choices(&req).await?;
    let chosen = asked.media.parse().ok().filter(|name| files.iter().any(|f| f.name == *name));
    let form = Form { title: asked.title, ..Form::default() };
    let page = FormPage::new(Frame::of(&req), form, choices(files, chosen.as_ref()));
    html(StatusCode::OK, &page)
}

/// `GET /admin/movies/{id}`.
pub async fn edit(req: Req, id: MovieId) -> Result<Response, AppError> {
    let movie = req.app.catalog.movie(id).await?;
    let files = choices(media::choices(&req).await?, Some(&movie.media));
    html(StatusCode::OK, &FormPage::new(Frame::of(&req), Form::from(&movie), files))
}
