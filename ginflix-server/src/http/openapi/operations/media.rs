//! Media files and their content.

use ginflix_api::library::{Library, NewLibrary, RemovedLibrary};
use ginflix_api::media::MediaQuery;
use ginflix_api::replica::{ListedMedia, MediaPage, NewRepair, Repair};
use ginflix_api::subtitles::{AddSubtitles, AddedSubtitles, Subtitles, SubtitlesPatch};
use utoipa::openapi::Required;

use super::Described;
use crate::http::openapi::operation::Operation;

/// Returns the descriptions of these handlers.
pub fn operations() -> Vec<Described> {
    [content(), packages(), files(), libraries(), subtitles()].concat()
}

fn content() -> Vec<Described> {
    const HEADERS: [&str; 3] = ["ETag", "Accept-Ranges", "Last-Modified"];
    let send = Operation::api("Returns the content of a file, complete or by ranges (RFC 9110)")
        .optional_header("Range", "Such as `bytes=0-1023`")
        .optional_header("If-Range", "An entity tag or a date")
        .optional_header("If-Match", "Entity tags")
        .optional_header("If-None-Match", "Entity tags")
        .response_of_type(200, "*/*", "The complete content")
        .response_of_type(206, "*/*", "The requested ranges")
        .response_headers(200, &HEADERS)
        .response_headers(206, &HEADERS)
        .optional_text(
            "download",
            "`true` sends it as an attachment under its original name (RFC 6266), if the server offers downloads",
        )
        .empty_response(304)
        .error_responses(&[412, 416]);
    let preflight = Operation::api("Returns the requests that pages of other origins may send")
        .empty_response(204);
    vec![("stream::send", send), ("stream::preflight", preflight)]
}

fn packages() -> Vec<Described> {
    const HEADERS: [&str; 4] = ["ETag", "Accept-Ranges", "Last-Modified", "Cache-Control"];
    const PLAYLIST: &str = "application/vnd.apple.mpegurl";
    let described = |summary: &'static str, content_type: &'static str| {
        Operation::api(summary)
            .optional_header("Range", "Such as `bytes=0-1023`")
            .optional_header("If-None-Match", "Entity tags")
            .response_of_type(200, content_type, "The content")
            .response_of_type(206, "*/*", "The requested ranges")
            .response_headers(200, &HEADERS)
            .response_headers(206, &HEADERS)
            .empty_response(304)
            .error_responses(&[404, 412, 416])
    };
    let playlist = described("Returns a playlist of a media file (RFC 8216)", PLAYLIST)
        .text_params(&["audio_codecs"]);
    let segment =
        described("Returns a segment of a media file (CMAF)", "*/*").error_responses(&[410]);
    let preflight = || {
        Operation::api("Returns the requests that pages of other origins may send")
            .empty_response(204)
    };
    vec![
        ("hls::playlist", playlist),
        ("hls::segment", segment),
        ("hls::preflight_playlist", preflight()),
        ("hls::preflight_segment", preflight()),
    ]
}

fn files() -> Vec<Described> {
    vec![
        (
            "media::list",
            Operation::api("Lists media files")
                .query_params::<MediaQuery>()
                .json_response::<MediaPage>(200),
        ),
        (
            "media::show",
            Operation::api("Returns the facts of a media file")
                .json_response::<ListedMedia>(200)
                .error_responses(&[409, 423]),
        ),
        (
            "media::repair",
            Operation::api("Makes the streamers verify their files and repair damaged ones")
                .json_body::<NewRepair>()
                .json_response::<Repair>(202)
                .error_responses(&[404, 409]),
        ),
        (
            "media::remove",
            Operation::api("Removes a media file")
                .optional_flag("force", "Remove it although a movie plays it")
                .empty_response(204)
                .error_responses(&[400, 409]),
        ),
    ]
}

fn libraries() -> Vec<Described> {
    vec![
        ("libraries::list", Operation::api("Lists the libraries").list_response::<Library>()),
        (
            "libraries::add",
            Operation::api("Adds a folder whose files are served from where they lie")
                .json_body::<NewLibrary>()
                .json_response::<Library>(201)
                .error_responses(&[409, 507]),
        ),
        (
            "libraries::scan",
            Operation::api("Begins a scan of a library")
                .json_response::<Library>(202)
                .error_responses(&[409]),
        ),
        (
            "libraries::remove",
            Operation::api("Removes a library and its movies; its files stay")
                .json_response::<RemovedLibrary>(200)
                .error_responses(&[409]),
        ),
    ]
}

fn subtitles() -> Vec<Described> {
    const FORMATS: [&str; 2] = ["application/octet-stream", "text/vtt"];
    vec![
        (
            "subtitles::list",
            Operation::api("Lists the subtitles that were added to a media file")
                .list_response::<Subtitles>()
                .error_responses(&[404]),
        ),
        (
            "subtitles::add",
            Operation::api("Adds a subtitle file to a media file")
                .query_params::<AddSubtitles>()
                .binary_body(&FORMATS, Required::True)
                .json_response::<AddedSubtitles>(201)
                .response_headers(201, &["Location"])
                .error_responses(&[409, 415, 422, 507]),
        ),
        (
            "subtitles::show",
            Operation::api("Returns subtitles as WebVTT").response_of_type(
                200,
                "text/vtt",
                "The subtitles",
            ),
        ),
        (
            "subtitles::change",
            Operation::api("Changes what is known of subtitles")
                .json_body::<SubtitlesPatch>()
                .json_response::<Subtitles>(200)
                .error_responses(&[409, 507]),
        ),
        ("subtitles::remove", Operation::api("Removes subtitles").empty_response(204)),
    ]
}
