//! Every handler, by its name in the table of routes, and what it takes and
//! answers.

use ginflix_api::account::{
    CreatedToken, LoggedIn, Login, NewToken, NewUser, Session, Token, User, UserPatch,
};
use ginflix_api::audit::{AuditEntry, AuditQuery};
use ginflix_api::backup::{self, BackupSummary};
use ginflix_api::link::{Link, NewLink};
use ginflix_api::media::{MediaName, MediaQuery};
use ginflix_api::movie::{Genre, Movie, MoviePatch, MovieQuery, MovieSort, NewMovie};
use ginflix_api::playback::{Playback, PlaybackReport, StartPlayback};
use ginflix_api::replica::{ListedMedia, NewRepair, Repair};
use ginflix_api::status::ServerStatus;
use ginflix_api::tus;
use ginflix_api::views::{ViewExplanation, ViewFormat, ViewQuery, ViewReport, ViewsBy};
use utoipa::openapi::Required;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::{ObjectBuilder, Type};

use super::operation::{Operation, call, page, part_of_page};

const PICTURES: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// Handlers and their descriptions.
pub fn all() -> Vec<(&'static str, Operation)> {
    [probes(), pages(), streams(), access(), uploads(), watching(), catalogue()].concat()
}

fn probes() -> Vec<(&'static str, Operation)> {
    vec![
        ("health::live", call("Whether the process lives").sends(200, "text/plain", "It does")),
        ("health::ready", call("Whether it may take traffic").sends(200, "text/plain", "It may")),
        ("openapi::show", call("This description").gives::<serde_json::Value>(200)),
    ]
}

fn pages() -> Vec<(&'static str, Operation)> {
    let svg = |summary| part_of_page(summary).sends(200, "image/svg+xml", "The picture");
    let file =
        |summary| part_of_page(summary).sends(200, "*/*", "The file").says(304).fails(&[400, 404]);
    vec![
        (
            "catalogue::show",
            page("The catalogue, for people").texts(&["q", "genre", "year", "sort", "cursor"]),
        ),
        ("movie::show", page("A movie and its player")),
        ("movie::poster", svg("A picture for a movie without a poster")),
        ("movie::backdrop", svg("A wide picture for a movie without a poster")),
        ("login::show", page("The log-in").texts(&["next"])),
        ("admin::movies::show", page("Movies, for administrators").texts(&["q", "cursor"])),
        ("admin::movie::new", page("The form of a new movie").texts(&["media", "title"])),
        ("admin::movie::edit", page("The form of a movie")),
        ("admin::media::show", page("Files, for administrators").texts(&["cursor"])),
        ("assets::get", file("A style sheet, script or picture of the pages")),
        ("assets::favicon", file("The pages' icon")),
    ]
}

fn streams() -> Vec<(&'static str, Operation)> {
    let send = call("The bytes of a file, whole or by range (RFC 9110)")
        .header("Range", "Such as `bytes=0-1023`")
        .header("If-Range", "An entity tag or a date")
        .header("If-Match", "Entity tags")
        .header("If-None-Match", "Entity tags")
        .sends(200, "*/*", "All of it")
        .sends(206, "*/*", "What was asked for")
        .with_headers(200, &["ETag", "Accept-Ranges", "Last-Modified"])
        .with_headers(206, &["ETag", "Accept-Ranges", "Last-Modified"])
        .says(304)
        .fails(&[412, 416]);
    let preflight = call("Which requests pages of other origins may send").says(204);
    vec![("stream::send", send), ("stream::preflight", preflight)]
}

fn access() -> Vec<(&'static str, Operation)> {
    vec![
        (
            "session::log_in",
            call("Logs in: the session as a token and as a cookie")
                .takes::<Login>()
                .gives::<LoggedIn>(201)
                .with_headers(201, &["Set-Cookie"])
                .fails(&[401, 403, 429]),
        ),
        ("session::show", call("Who is logged in").gives::<Session>(200)),
        ("session::log_out", call("Ends the log-in").says(204).fails(&[409])),
        ("users::list", call("All accounts").gives_page::<User>()),
        (
            "users::create",
            call("Makes an account")
                .takes::<NewUser>()
                .gives::<User>(201)
                .with_headers(201, &["Location"])
                .fails(&[409]),
        ),
        (
            "users::change",
            call("Another password or role; ends the account's sessions")
                .takes::<UserPatch>()
                .gives::<User>(200)
                .fails(&[409]),
        ),
        ("users::remove", call("Removes an account").says(204).fails(&[409])),
        ("tokens::list", call("All API tokens, without secrets").gives_page::<Token>()),
        (
            "tokens::create",
            call("Makes an API token, and tells its secret once")
                .takes::<NewToken>()
                .gives::<CreatedToken>(201)
                .with_headers(201, &["Location"])
                .fails(&[409]),
        ),
        ("tokens::revoke", call("Ends an API token").says(204).fails(&[409])),
        (
            "links::create",
            call("Signs a link that plays one film for a while")
                .takes::<NewLink>()
                .gives::<Link>(201)
                .fails(&[404]),
        ),
        (
            "audit::list",
            call("Who changed what, the latest first")
                .query::<AuditQuery>()
                .gives_page::<AuditEntry>(),
        ),
        (
            "backups::export",
            call("All that a backup carries, as lines of JSON").sends(
                200,
                backup::CONTENT_TYPE,
                "A beginning, rows, an end",
            ),
        ),
        (
            "backups::import",
            call("Puts a backup in the place of what is there, all of it or nothing")
                .optional(
                    "replace",
                    ParameterIn::Query,
                    "Also where the catalogue is not empty",
                    ObjectBuilder::new().schema_type(Type::Boolean),
                )
                .takes_bytes(&[backup::CONTENT_TYPE], Required::True)
                .gives::<BackupSummary>(200)
                .fails(&[409, 507]),
        ),
        ("status::show", call("What the server tells of itself").gives::<ServerStatus>(200)),
    ]
}

/// tus 1.0; each answer names the version.
fn uploads() -> Vec<(&'static str, Operation)> {
    const PROGRESS: [&str; 2] = ["Tus-Resumable", "Upload-Offset"];
    let speak = |summary| {
        call(summary).needs_header("Tus-Resumable", "`1.0.0`", Type::String).fails(&[412])
    };
    // Whatever stands in the way of bytes on their way to the volume.
    let writes = |operation: Operation| {
        operation
            .header("Upload-Checksum", "An algorithm, and in base64 the checksum of the body")
            .header(tus::FILE_SHA256, "Of the whole file, on its last piece, in hexadecimal")
            .takes_bytes(&[tus::OFFSET_OCTET_STREAM], Required::False)
            .fails(&[409, 410, 413, 415, 423, 460, 507])
    };
    let options = || {
        let headers = ["Tus-Version", "Tus-Extension", "Tus-Max-Size", "Tus-Checksum-Algorithm"];
        call("What is spoken").says(204).with_headers(204, &headers)
    };
    let append = || {
        writes(speak("Appends to an upload"))
            .needs_header("Upload-Offset", "Where the body goes on", Type::Integer)
            .says(204)
            .with_headers(204, &PROGRESS)
    };
    vec![
        ("uploads::options", options()),
        ("uploads::options_of", options()),
        (
            "uploads::create",
            writes(speak("Begins an upload, perhaps with its first bytes"))
                .needs_header("Upload-Length", "Bytes there will be", Type::Integer)
                .needs_header("Upload-Metadata", "`filename` and its value in base64", Type::String)
                .says(201)
                .with_headers(201, &["Location", "Tus-Resumable", "Upload-Offset"]),
        ),
        (
            "uploads::progress",
            speak("How far an upload is").says(200).with_headers(200, &PROGRESS).fails(&[410, 423]),
        ),
        ("uploads::append", append()),
        ("uploads::discard", speak("Ends an upload").says(204).fails(&[410, 423])),
        (
            "uploads::overridden",
            append()
                .needs_header("X-HTTP-Method-Override", "PATCH, HEAD or DELETE", Type::String)
                .says(200),
        ),
    ]
}

fn watching() -> Vec<(&'static str, Operation)> {
    vec![
        (
            "playbacks::start",
            call("Begins a playback")
                .takes::<StartPlayback>()
                .gives::<Playback>(201)
                .fails(&[404, 429]),
        ),
        (
            "playbacks::report",
            call("What was played so far; may be sent twice")
                .takes::<PlaybackReport>()
                .gives::<Playback>(200),
        ),
        (
            "views::summary",
            call("Views per movie and per day")
                .query::<ViewQuery>()
                .knowing::<ViewFormat>()
                .knowing::<ViewsBy>()
                .gives::<ViewReport>(200)
                .sends(200, "text/csv", "A table"),
        ),
        (
            "views::explain",
            call("Why playbacks of a movie did or did not count").gives::<ViewExplanation>(200),
        ),
    ]
}

fn catalogue() -> Vec<(&'static str, Operation)> {
    let tied = |operation: Operation| {
        operation
            .header("If-Match", "The version that is meant, such as `\"1\"`")
            .fails(&[400, 412])
    };
    let pictures = |operation: Operation| {
        PICTURES.iter().fold(operation, |so_far, kind| so_far.sends(200, kind, "The picture"))
    };
    vec![
        (
            "movies::list",
            call("A page of movies")
                .query::<MovieQuery>()
                .knowing::<MovieSort>()
                .knowing::<MediaName>()
                .gives_page::<Movie>(),
        ),
        (
            "movies::add",
            call("Registers a movie")
                .takes::<NewMovie>()
                .gives::<Movie>(201)
                .with_headers(201, &["Location", "ETag"])
                .fails(&[409, 423, 507]),
        ),
        (
            "movies::show",
            call("One movie")
                .header("If-None-Match", "Entity tags")
                .gives::<Movie>(200)
                .with_headers(200, &["ETag"])
                .says(304)
                .fails(&[400]),
        ),
        (
            "movies::change",
            tied(call("Changes a movie; with If-Match no change is lost"))
                .takes::<MoviePatch>()
                .gives::<Movie>(200)
                .with_headers(200, &["ETag"])
                .fails(&[409, 423, 507]),
        ),
        ("movies::remove", tied(call("Removes a movie; its file and its views stay")).says(204)),
        (
            "posters::show",
            pictures(call("A movie's poster"))
                .texts(&["v"])
                .header("If-None-Match", "Entity tags")
                .with_headers(200, &["ETag"])
                .says(304)
                .fails(&[400]),
        ),
        (
            "posters::set",
            call("Gives a movie a poster")
                .takes_bytes(&PICTURES, Required::True)
                .gives::<Movie>(200)
                .fails(&[415, 507]),
        ),
        ("posters::remove", call("Takes a movie's poster away").says(204)),
        ("genres::list", call("Genres in use").gives_page::<Genre>()),
        ("media::list", call("A page of files").query::<MediaQuery>().gives_page::<ListedMedia>()),
        ("media::show", call("Facts of a file").gives::<ListedMedia>(200).fails(&[423])),
        (
            "media::repair",
            call("Has streamers read their files, and mend what is wrong")
                .takes::<NewRepair>()
                .gives::<Repair>(202)
                .fails(&[404, 409]),
        ),
        (
            "media::remove",
            call("Removes a file")
                .optional(
                    "force",
                    ParameterIn::Query,
                    "Also while a movie plays it",
                    ObjectBuilder::new().schema_type(Type::Boolean),
                )
                .says(204)
                .fails(&[400, 409]),
        ),
    ]
}
