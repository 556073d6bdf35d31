//! The page of a movie with its player, and the generated images of a movie without a poster.

use askama::Template;
use ginflix_api::collection::CollectionOfMovie;
use ginflix_api::media::Media;
use ginflix_api::movie::{Movie, MovieId};
use serde::Deserialize;
use uuid::Uuid;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use warp::reply::Response;

use super::card::Card;
use super::open_graph::OpenGraph;
use super::placeholder::{self, Shape};
use super::player_view::{PlayerView, UpNext, download_of, playing_of};
use super::related::related;
use super::watching::MovieActions;
use super::{Layout, format, html};
use crate::error::AppError;
use crate::http::representation::Compression;
use crate::http::request::AuthorizedRequest;
use crate::http::{links, reply};
use crate::locale::{Locale, formats};

#[derive(Template)]
#[template(path = "movie.html")]
pub(super) struct MoviePage {
    pub layout: Layout,
    pub card: Card,
    pub movie: Movie,
    pub player: PlayerView,
    /// The collections that the movie is in.
    pub collections: Vec<CollectionOfMovie>,
    /// What a button offers to download; `None` if the owner of the server does not allow that.
    pub download: Option<DownloadOffer>,
    /// The buttons of the account; `None` for visitors.
    pub actions: Option<MovieActions>,
    /// Similar movies.
    pub related: Vec<Card>,
    /// What programs that show links read; `None` on a private site.
    pub open_graph: Option<OpenGraph>,
}

/// A media file that can be downloaded.
pub(super) struct DownloadOffer {
    /// The URL that sends it as an attachment.
    pub url: String,
    /// The size, with its unit.
    pub size: String,
}

impl DownloadOffer {
    /// Offers a media file to the client of a request, by this URL of the player.
    fn of(req: &AuthorizedRequest, media: &Media, stream: &str, locale: Locale) -> Option<Self> {
        let url = download_of(req, stream)?;
        Some(Self { url, size: formats::size(locale, media.size_bytes) })
    }
}

impl MoviePage {
    // Templates pass matched values by reference.
    fn duration(&self, seconds: &f64) -> String {
        formats::duration(self.layout.locale, *seconds)
    }

    fn iso_duration(&self, seconds: &f64) -> String {
        format::iso_duration(*seconds)
    }
}

/// `GET /movies/{id}`: returns the page of a movie.
pub async fn show(req: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    let movie = req.app.catalog.movie(id).await?;
    let stream = links::for_page(&req, &movie.stream_path);
    let is_signed = stream != movie.stream_path;
    let layout = Layout::new(&req);
    // Without the metadata of its file, a movie may still play.
    let media = req.app.catalog.media(&movie.media).await.ok();
    let playing = playing_of(media.as_ref(), layout.locale);
    // Without its collections, a movie plays as well.
    let collections = req.app.catalog.collections_of_movie(id).await.unwrap_or_default();
    // A query that cannot be read is no reason to show no page.
    let query: MoviePageQuery = req.query().unwrap_or_default();
    let current = current_collection(&collections, query.collection);
    let previous = current.and_then(|one| Some(movie_url(one, one.previous?)));
    let up_next = match current {
        Some(one) => up_next(&req, one).await,
        None => None,
    };
    let known: Vec<MovieId> =
        current.into_iter().flat_map(|one| [one.previous, one.next]).flatten().collect();
    let card = Card::new(&movie, layout.locale);
    let download =
        media.as_ref().and_then(|media| DownloadOffer::of(&req, media, &stream, layout.locale));
    let page = MoviePage {
        related: related(&req.app.catalog, &movie, &known, layout.locale).await,
        layout,
        player: PlayerView {
            key: id.to_string(),
            title: movie.title.clone(),
            duration_seconds: movie.duration_seconds,
            backdrop: Some(card.backdrop()),
            poster: card.poster.clone(),
            download: download_of(&req, &stream),
            stream,
            playing,
            playbacks: None,
            up_next,
            previous,
        },
        card,
        open_graph: OpenGraph::of(&req, &movie),
        download,
        actions: MovieActions::load(&req, id).await,
        movie,
        collections,
    };
    let mut response = html(StatusCode::OK, &page)?;
    if is_signed {
        // The page contains no text of the request, but who reads the link could watch the movie.
        response.extensions_mut().insert(Compression::Forbidden);
    }
    Ok(response)
}

/// What the address of a page says of the way to it. The script of the page reads the rest.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MoviePageQuery {
    /// The collection in which the viewer came to the movie.
    collection: Option<Uuid>,
}

/// Returns the collection in which the viewer came to this movie, else the first one.
fn current_collection(
    collections: &[CollectionOfMovie],
    wanted: Option<Uuid>,
) -> Option<&CollectionOfMovie> {
    let chosen = collections.iter().find(|one| Some(one.id) == wanted);
    chosen.or_else(|| collections.first())
}

/// Returns the URL of the page of another movie of a collection.
fn movie_url(collection: &CollectionOfMovie, movie: MovieId) -> String {
    format!("/movies/{movie}?collection={}", collection.id)
}

/// Describes the movie after this one; `None` also if it cannot be read.
async fn up_next(req: &AuthorizedRequest, collection: &CollectionOfMovie) -> Option<UpNext> {
    let next = req.app.catalog.movie(collection.next?).await.ok()?;
    let placeholder = || format!("/movies/{}/placeholder.svg", next.id);
    Some(UpNext {
        href: format!("{}&play=1", movie_url(collection, next.id)),
        picture: next.poster_path.clone().unwrap_or_else(placeholder),
        collection: collection.title.clone(),
        title: next.title,
    })
}

/// `GET /movies/{id}/placeholder.svg`: returns an upright image for a movie without a poster.
pub async fn poster(_: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    Ok(placeholder_image(id, Shape::Poster))
}

/// `GET /movies/{id}/backdrop.svg`: returns a wide image for a movie without a poster.
pub async fn backdrop(_: AuthorizedRequest, id: MovieId) -> Result<Response, AppError> {
    Ok(placeholder_image(id, Shape::Backdrop))
}

/// Responds with an image that depends on the id only. It therefore needs no catalogue, and
/// everyone may have it.
fn placeholder_image(id: MovieId, shape: Shape) -> Response {
    let mut response = Response::new(placeholder::svg(id, shape).into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    response.extensions_mut().insert(Compression::Allowed);
    reply::share_with_other_origins(&mut response);
    response
}
