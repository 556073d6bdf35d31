//! The pages of the web site and their resources.

use utoipa::openapi::Required;

use super::{Described, LINK_PARAMS};
use crate::http::openapi::operation::Operation;

/// Returns the descriptions of these handlers.
pub fn operations() -> Vec<Described> {
    [pages(), resources()].concat()
}

fn pages() -> Vec<Described> {
    vec![
        ("home::show", catalogue("The home page")),
        ("catalog::show", catalogue("All movies")),
        ("catalog::search", catalogue("The results of a search")),
        ("movie::show", Operation::page("A movie with its player")),
        ("collection::list", Operation::page("All collections").text_params(&["page"])),
        ("collection::show", Operation::page("A collection with its movies")),
        ("own::account", Operation::page("The own account")),
        (
            "own::history",
            Operation::page("What the own account has watched").text_params(&["cursor"]),
        ),
        ("own::list", Operation::page("The list of the own account").text_params(&["cursor"])),
        (
            "embed::show",
            Operation::page("The player of a movie, for a frame in a page of another site")
                .text_params(&["t"])
                .error_responses(&[404]),
        ),
        (
            "link_page::show",
            Operation::page("The media file of a signed link, in the player")
                .text_params(&LINK_PARAMS)
                .error_responses(&[403, 404, 410]),
        ),
        ("login::show", Operation::page("The log-in").text_params(&["next"])),
        (
            "admin::movies::show",
            Operation::page("Movies, for administrators").text_params(&["q", "cursor"]),
        ),
        (
            "admin::movie::new",
            Operation::page("The form of a new movie").text_params(&["media", "title"]),
        ),
        ("admin::movie::edit", Operation::page("The form of a movie")),
        (
            "admin::media::show",
            Operation::page("Files and uploads, for administrators").text_params(&["cursor"]),
        ),
    ]
}

fn catalogue(summary: &'static str) -> Operation {
    let operation = Operation::page(summary).text_params(&["q", "genre", "year", "sort", "cursor"]);
    // Lists and searches have paths of their own.
    operation.empty_response(301).response_headers(301, &["Location"])
}

/// Describes a form of how the pages look: its own field, and `next` with the path to return to.
fn choice(summary: &'static str) -> Operation {
    let form = "application/x-www-form-urlencoded";
    Operation::api(summary)
        .binary_body(&[form], Required::True)
        .empty_response(303)
        .response_headers(303, &["Location", "Set-Cookie"])
        .error_responses(&[403])
}

fn oembed() -> Operation {
    Operation::api("How to embed the player of a movie (oembed.com)")
        .text_params(&["url", "format", "maxwidth", "maxheight"])
        .response_of_type(200, "application/json", "The player")
        .response_of_type(200, "text/xml", "The player")
        .error_responses(&[404, 501])
}

fn resources() -> Vec<Described> {
    let svg = |summary| {
        Operation::page_resource(summary).response_of_type(200, "image/svg+xml", "The image")
    };
    let file_of_type = |summary, content_type| {
        Operation::page_resource(summary)
            .response_of_type(200, content_type, "The file")
            .empty_response(304)
            .error_responses(&[400, 404])
    };
    let file = |summary| file_of_type(summary, "*/*");
    vec![
        ("movie::poster", svg("An upright image for a movie without a poster")),
        ("movie::backdrop", svg("A wide image for a movie without a poster")),
        ("collection::poster", svg("An upright image for a collection")),
        (
            "page_watching::cards",
            Operation::page_resource("Cards of these movies, for a visitor who continues them")
                .text_params(&["movies"])
                .response_of_type(200, "text/html", "A list of cards"),
        ),
        ("assets::get", file("A style sheet, script or image of the pages")),
        ("assets::favicon", file("The icon of the site")),
        ("site_files::robots", file("The paths that crawlers may request")),
        (
            "site_files::manifest",
            file_of_type("The manifest of the web application", "application/manifest+json"),
        ),
        ("oembed::show", oembed()),
        (
            "language::choose",
            choice("Choose the language of the pages, which a cookie and the account keep"),
        ),
        (
            "theme::choose",
            choice("Choose the theme of the pages, which a cookie and the account keep"),
        ),
    ]
}
