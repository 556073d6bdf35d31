//! The form that adds or edits a movie. Its script writes through the API.

use askama::Template;
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::{
    Episode, MAX_DESCRIPTION_CHARS, MAX_POSTER_BYTES, MAX_TITLE_CHARS, Movie, MovieId, NewMovie,
    YEARS,
};
use ginflix_import::details::{self, Inputs};
use ginflix_import::name;
use serde::Deserialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::media;
use crate::error::AppError;
use crate::http::pages::playing::FileNote;
use crate::http::pages::{Layout, html};
use crate::http::request::AuthorizedRequest;
use crate::locale::{Locale, formats};

#[derive(Template)]
#[template(path = "admin/movie.html")]
struct MovieFormPage {
    layout: Layout,
    tab: &'static str,
    form: MovieForm,
    media: Vec<FileOption>,
    years: std::ops::RangeInclusive<u16>,
    max_title: usize,
    max_description: usize,
    poster_limit: String,
}

impl MovieFormPage {
    fn new(layout: Layout, form: MovieForm, media: Vec<FileOption>) -> Self {
        Self {
            poster_limit: formats::size(layout.locale, MAX_POSTER_BYTES),
            layout,
            tab: "movies",
            form,
            media,
            years: YEARS,
            max_title: MAX_TITLE_CHARS,
            max_description: MAX_DESCRIPTION_CHARS,
        }
    }

    fn heading(&self) -> String {
        match self.form.id.is_empty() {
            true => self.layout.say("movie-add").to_string(),
            false => self.form.title.clone(),
        }
    }
}

/// The values of the fields; `id` and `version` are empty for a new movie.
#[derive(Default)]
struct MovieForm {
    id: String,
    version: String,
    title: String,
    year: String,
    description: String,
    genres: String,
    directors: String,
    cast: String,
    series: String,
    season: String,
    episode: String,
    poster: Option<String>,
}

impl From<&Movie> for MovieForm {
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
            ..Self::default()
        }
        .in_series(movie.episode.as_ref())
    }
}

impl MovieForm {
    /// Returns the form of a new movie with what is known of its media file.
    fn of_media(media: &Media) -> Self {
        let details = guess(media);
        Self {
            title: details.title,
            year: details.year.map(|year| year.to_string()).unwrap_or_default(),
            description: details.description,
            genres: details.genres.join(", "),
            directors: details.directors.join("\n"),
            cast: details.cast.join("\n"),
            ..Self::default()
        }
        .in_series(details.episode.as_ref())
    }

    fn in_series(self, episode: Option<&Episode>) -> Self {
        let Some(Episode { series, season, number }) = episode else { return self };
        let number_text = |number: &Option<u16>| number.map(|n| n.to_string()).unwrap_or_default();
        Self {
            series: series.clone().unwrap_or_default(),
            season: number_text(season),
            episode: number_text(number),
            ..self
        }
    }
}

/// Guesses the details of the movie of a media file from its original name and its tags.
fn guess(media: &Media) -> NewMovie {
    let guess = name::guess(media.original_name(), &[]);
    let inspection = media.inspection.as_ref();
    let inputs = Inputs { nfo: None, series_nfo: None, inspection, guess: &guess, version: None };
    details::merge(&inputs).into_movie(media.name.clone())
}

/// A media file to choose.
struct FileOption {
    name: String,
    facts: String,
    selected: bool,
}

/// Returns an option for each file, and one for the chosen file if that is missing.
fn file_options(files: Vec<Media>, chosen: Option<&MediaName>, locale: Locale) -> Vec<FileOption> {
    let missing = chosen.filter(|name| !files.iter().any(|file| file.name == **name));
    let missing = missing.map(|name| FileOption {
        name: name.to_string(),
        facts: locale.say("file-missing").to_string(),
        selected: true,
    });
    let present = files.into_iter().map(|file| {
        let length = file.duration_seconds.map(|seconds| formats::duration(locale, seconds));
        let size = Some(formats::size(locale, file.size_bytes));
        let note = FileNote::of(&file, locale).map(|note| note.summary);
        let facts: Vec<_> = [length, size, note].into_iter().flatten().collect();
        FileOption {
            selected: chosen == Some(&file.name),
            name: file.name.to_string(),
            facts: facts.join(", "),
        }
    });
    missing.into_iter().chain(present).collect()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NewMovieQuery {
    media: String,
}

/// `GET /admin/movies/new?media=NAME`: returns the form for a new movie, with what is known of its media file.
pub async fn new(req: AuthorizedRequest) -> Result<Response, AppError> {
    let query: NewMovieQuery = req.query()?;
    let files = media::all_media(&req).await?;
    let chosen = files.iter().find(|file| file.name.as_str() == query.media);
    let form = chosen.map(MovieForm::of_media).unwrap_or_default();
    let chosen = chosen.map(|file| file.name.clone());
    let layout = Layout::new(&req);
    let files = file_options(files, chosen.as_ref(), layout.locale);
    let page = MovieFormPage::new(layout, form, files);
    html(StatusCode::OK, &page)
}

/// `GET /admin/movies/{id}`: returns the form of a movie.
pub async fn edit(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let movie = req.app.catalog.movie(id).await?;
    let layout = Layout::new(&req);
    let files = file_options(media::all_media(&req).await?, Some(&movie.media), layout.locale);
    html(StatusCode::OK, &MovieFormPage::new(layout, MovieForm::from(&movie), files))
}
