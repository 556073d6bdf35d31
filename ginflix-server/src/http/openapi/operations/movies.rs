//! Movies, their posters and their genres, and collections.

use ginflix_api::collection::{
    Collection, CollectionContents, CollectionMovies, CollectionOfMovie, CollectionPatch,
    NewCollection,
};
use ginflix_api::import::{ImportMovie, ImportedList, ImportedMovie, ImportedSubtitles};
use ginflix_api::media::MediaName;
use ginflix_api::movie::{Genre, Movie, MoviePatch, MovieQuery, MovieSort, NewMovie};
use ginflix_api::poster::PosterWidth;
use ginflix_api::subtitles::AddSubtitles;
use utoipa::openapi::Required;

use super::Described;
use crate::http::openapi::operation::Operation;
use crate::posters::CONTENT_TYPE;

const IMAGE_TYPES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// Returns the descriptions of these handlers.
pub fn operations() -> Vec<Described> {
    [movies(), posters(), collections(), imports()].concat()
}

fn conditional(operation: Operation) -> Operation {
    operation
        .optional_header("If-Match", "The version to change, such as `\"1\"`")
        .error_responses(&[400, 412])
}

fn collections() -> Vec<Described> {
    vec![
        (
            "collections::list",
            Operation::api("Lists all collections, at most 5,000, by title")
                .list_response::<Collection>(),
        ),
        (
            "collections::add",
            Operation::api("Adds a collection without movies")
                .json_body::<NewCollection>()
                .json_response::<Collection>(201)
                .response_headers(201, &["Location", "ETag"])
                .error_responses(&[409, 507]),
        ),
        (
            "collections::show",
            Operation::api("Returns a collection with its movies and the collections in it")
                .optional_header("If-None-Match", "Entity tags")
                .json_response::<CollectionContents>(200)
                .response_headers(200, &["ETag"])
                .empty_response(304)
                .error_responses(&[400]),
        ),
        (
            "collections::change",
            conditional(Operation::api("Changes a collection; If-Match protects other changes"))
                .json_body::<CollectionPatch>()
                .json_response::<Collection>(200)
                .response_headers(200, &["ETag"])
                .error_responses(&[409, 423, 507]),
        ),
        (
            "collections::remove",
            conditional(Operation::api("Removes a collection; its movies stay"))
                .empty_response(204),
        ),
        (
            "collections::set_movies",
            conditional(Operation::api("Replaces the movies of a collection, in this order"))
                .json_body::<CollectionMovies>()
                .json_response::<Collection>(200)
                .response_headers(200, &["ETag"])
                .error_responses(&[409, 507]),
        ),
        (
            "collections::of_movie",
            Operation::api("Lists the collections that a movie is in, with its neighbours there")
                .list_response::<CollectionOfMovie>(),
        ),
    ]
}

fn movies() -> Vec<Described> {
    vec![
        (
            "movies::list",
            Operation::api("Lists movies")
                .query_params::<MovieQuery>()
                .schema_of::<MovieSort>()
                .schema_of::<MediaName>()
                .list_response::<Movie>(),
        ),
        (
            "movies::add",
            Operation::api("Adds a movie")
                .json_body::<NewMovie>()
                .json_response::<Movie>(201)
                .response_headers(201, &["Location", "ETag"])
                .error_responses(&[409, 423, 507]),
        ),
        (
            "movies::show",
            Operation::api("Returns a movie")
                .optional_header("If-None-Match", "Entity tags")
                .json_response::<Movie>(200)
                .response_headers(200, &["ETag"])
                .empty_response(304)
                .error_responses(&[400]),
        ),
        (
            "movies::change",
            conditional(Operation::api("Changes a movie; If-Match protects other changes"))
                .json_body::<MoviePatch>()
                .json_response::<Movie>(200)
                .response_headers(200, &["ETag"])
                .error_responses(&[409, 423, 507]),
        ),
        (
            "movies::remove",
            conditional(Operation::api("Removes a movie; its file and its views stay"))
                .empty_response(204),
        ),
        ("genres::list", Operation::api("Lists the genres of all movies").list_response::<Genre>()),
    ]
}

fn imports() -> Vec<Described> {
    vec![
        (
            "imports::movie",
            Operation::api(
                "Imports the details of the movie of a media file; what people changed stays. An episode is put into the \
                 collection of its season, once",
            )
            .query_params::<ImportMovie>()
            .json_body::<NewMovie>()
            .json_response::<ImportedMovie>(200)
            .error_responses(&[409, 423, 507]),
        ),
        (
            "imports::poster",
            Operation::api("Imports the poster of an imported movie, unless somebody changed it")
                .binary_body(&IMAGE_TYPES, Required::True)
                .json_response::<ImportedMovie>(200)
                .error_responses(&[415, 422, 507]),
        ),
        (
            "imports::subtitles",
            Operation::api(
                "Imports a subtitle file of a media file, unless it was imported before",
            )
            .query_params::<AddSubtitles>()
            .binary_body(&["application/octet-stream", "text/vtt"], Required::True)
            .json_response::<ImportedSubtitles>(200)
            .error_responses(&[409, 415, 422, 507]),
        ),
        (
            "imports::collection",
            Operation::api(
                "Puts imported movies into a collection in their order, each once: who takes one out need not do so again",
            )
            .json_body::<CollectionMovies>()
            .json_response::<ImportedList>(200)
            .error_responses(&[400, 409, 507]),
        ),
    ]
}

fn posters() -> Vec<Described> {
    vec![
        (
            "posters::show",
            Operation::api("Returns the poster of a movie, scaled to one of two widths")
                .text_params(&["v"])
                .optional_number(
                    "width",
                    "The width in pixels",
                    PosterWidth::ALL.map(PosterWidth::pixels),
                )
                .optional_header("If-None-Match", "Entity tags")
                .response_of_type(200, CONTENT_TYPE, "The picture")
                .response_headers(200, &["ETag"])
                .empty_response(304),
        ),
        (
            "posters::set",
            Operation::api("Sets the poster of a movie")
                .binary_body(&IMAGE_TYPES, Required::True)
                .json_response::<Movie>(200)
                .error_responses(&[415, 422, 507]),
        ),
        ("posters::remove", Operation::api("Removes the poster of a movie").empty_response(204)),
    ]
}
