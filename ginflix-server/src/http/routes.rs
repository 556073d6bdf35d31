//! The table of all routes: method, access rule, path, handler and audited change.

use std::future::Future;

use ginflix_api::error::ErrorCode;
use ginflix_api::movie::MovieId;
use ginflix_api::paths;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::header::{ALLOW, HeaderValue};
use warp::http::{Method, StatusCode};
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::audit::{self, AuditGuard};
use super::auth::{self, AccessRule};
use super::error_responder::ErrorResponder;
use super::pages::{
    admin, catalog, collection, embed, home, link_page, login, movie, own,
    watching as page_watching,
};
use super::path_params::MediaNameParam;
use super::request::{AuthorizedRequest, RawRequest, raw_request};
use super::{
    account, assets, backups, collections, genres, health, hls, imports, language, libraries,
    links, media, movies, oembed, openapi, peer, playbacks, posters, reply, representation,
    session, site_files, staleness, status, stream, subtitles, theme, tokens, uploads, users,
    views, watching,
};
use crate::app::App;
use crate::audit::AuditAction;
use crate::catalog::cache::Staleness;
use crate::config::Role;
use crate::error::AppError;

/// A route: one row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Method; `GET` also accepts `HEAD`.
    pub method: &'static str,
    /// The clients that may use it.
    pub access: AccessRule,
    /// Path of the handler function, such as `movies::list`.
    pub handler: &'static str,
    /// The audited change; `None` if the route changes nothing, or is one of viewers or peers.
    pub action: Option<AuditAction>,
    /// Names of the path's parameters, in order.
    params: &'static [&'static str],
    /// Pattern of the path for warp's `path!`: `"api" / "v1" / "movies" / MovieId`.
    pattern: &'static str,
}

/// Expands to `Some` audited change, or `None` for a row without one.
macro_rules! action {
    () => {
        None
    };
    ($action:ident) => {
        Some(AuditAction::$action)
    };
}

/// Expands the table to data ([`ROUTES`]) and to warp filters. A row is a method, an access rule, a
/// path and a handler, followed by the names of the path's parameters in brackets and by the change
/// that is audited, if there are any.
macro_rules! routes {
    ($(
        $method:ident $access:ident [$($segment:tt)*]
        => $handler:path $([$($param:ident),*])? $(, $action:ident)?;
    )*) => {
        /// All routes of all processes, in the order in which they are tried.
        pub const ROUTES: &[Route] = &[$(Route {
            method: stringify!($method),
            access: AccessRule::$access,
            handler: stringify!($handler),
            action: action!($($action)?),
            params: &[$($(stringify!($param)),*)?],
            pattern: stringify!($($segment)*),
        }),*];

        /// Returns the filters of the routes that this process serves.
        fn filters(app: &App) -> Vec<BoxedFilter<(Response,)>> {
            let all = [$(
                warp::path!($($segment)*)
                    .and(method(stringify!($method)))
                    .and(raw_request(app.clone()))
                    .then(|$($($param,)*)? request: RawRequest| async move {
                        let handler = |req| $handler(req $($(, $param)*)?);
                        respond(request, AccessRule::$access, action!($($action)?), handler).await
                    })
                    .boxed()
            ),*];
            let role = app.config.role;
            let rows = ROUTES.iter().zip(all);
            let served = rows.filter(|(row, _)| row.served_by().includes(role));
            served.map(|(_, filter)| filter).collect()
        }
    };
}

routes! {
    GET     Link   ["stream" / MediaNameParam] => stream::send [name];
    OPTIONS Public ["stream" / MediaNameParam] => stream::preflight [name];

    GET     Link   ["stream" / MediaNameParam / "hls" / String] => hls::playlist [name, file];
    OPTIONS Public ["stream" / MediaNameParam / "hls" / String] => hls::preflight_playlist [name, file];
    GET     Link   ["stream" / MediaNameParam / "hls" / String / String / String]
        => hls::segment [name, rendition, revision, file];
    OPTIONS Public ["stream" / MediaNameParam / "hls" / String / String / String]
        => hls::preflight_segment [name, rendition, revision, file];

    GET    Public ["healthz"] => health::live;
    GET    Public ["readyz"]  => health::ready;

    GET    Peer ["peer" / "v1" / "media" / MediaNameParam] => peer::media [name];
    GET    Peer ["peer" / "v1" / "media" / MediaNameParam / "hls" / String] => peer::playlist [name, file];
    GET    Peer ["peer" / "v1" / "media" / MediaNameParam / "hls" / String / String / String]
        => peer::segment [name, rendition, revision, file];
    HEAD   Peer ["peer" / "v1" / "uploads" / Uuid]         => peer::upload_progress [id];
    PATCH  Peer ["peer" / "v1" / "uploads" / Uuid]         => peer::upload_append [id];
    DELETE Peer ["peer" / "v1" / "uploads" / Uuid]         => peer::upload_discard [id];

    GET    Watch  []                                        => home::show;
    GET    Watch  ["movies"]                                => catalog::show;
    GET    Watch  ["search"]                                => catalog::search;
    GET    Watch  ["movies" / MovieId]                      => movie::show [id];
    GET    Public ["movies" / MovieId / "placeholder.svg"]  => movie::poster [id];
    GET    Public ["movies" / MovieId / "backdrop.svg"]     => movie::backdrop [id];
    GET    Watch  ["collections"]                           => collection::list;
    GET    Watch  ["collections" / Uuid]                    => collection::show [id];
    GET    Public ["collections" / Uuid / "placeholder.svg"] => collection::poster [id];
    GET    Watch  ["continue"]                              => page_watching::cards;
    GET    Account ["account"]                              => own::account;
    GET    Account ["history"]                              => own::history;
    GET    Account ["list"]                                 => own::list;
    GET    Public ["watch" / MediaNameParam]                => link_page::show [name];
    GET    Public ["embed" / "movies" / MovieId]            => embed::show [id];
    GET    Public ["oembed"]                                => oembed::show;
    GET    Public ["login"]                                 => login::show;
    GET    Admin  ["admin"]                                 => admin::movies::show;
    GET    Admin  ["admin" / "movies" / "new"]              => admin::movie::new;
    GET    Admin  ["admin" / "movies" / MovieId]            => admin::movie::edit [id];
    GET    Admin  ["admin" / "media"]                       => admin::media::show;
    GET    Public ["assets" / String / String]              => assets::get [version, file];
    GET    Public ["favicon.ico"]                           => assets::favicon;
    GET    Public ["robots.txt"]                            => site_files::robots;
    GET    Public ["manifest.webmanifest"]                  => site_files::manifest;
    POST   Public ["language"]                              => language::choose;
    POST   Public ["theme"]                                 => theme::choose;

    POST   Public        ["api" / "v1" / "session"]  => session::log_in, LogIn;
    GET    OptionalLogin ["api" / "v1" / "session"]  => session::show;
    DELETE OptionalLogin ["api" / "v1" / "session"]  => session::log_out, LogOut;
    GET    Account ["api" / "v1" / "account"]              => account::show;
    PUT    Account ["api" / "v1" / "account" / "password"] => account::change_password, ChangeOwnPassword;
    GET    Account ["api" / "v1" / "account" / "sessions"] => account::sessions;
    DELETE Account ["api" / "v1" / "account" / "sessions"] => account::end_other_sessions, EndOtherSessions;
    DELETE Account ["api" / "v1" / "account" / "sessions" / Uuid] => account::end_session [id], EndSession;
    GET    Account ["api" / "v1" / "account" / "watching"] => watching::list;
    PUT    Account ["api" / "v1" / "account" / "watching" / MovieId] => watching::set_position [id];
    DELETE Account ["api" / "v1" / "account" / "watching" / MovieId] => watching::reset_position [id];
    GET    Account ["api" / "v1" / "account" / "history"]  => watching::history;
    DELETE Account ["api" / "v1" / "account" / "history"]  => watching::clear_history;
    PUT    Account ["api" / "v1" / "account" / "history" / MovieId] => watching::mark_watched [id];
    DELETE Account ["api" / "v1" / "account" / "history" / MovieId] => watching::forget [id];
    GET    Account ["api" / "v1" / "account" / "list"]     => watching::watch_list;
    PUT    Account ["api" / "v1" / "account" / "list" / MovieId] => watching::add_to_list [id];
    DELETE Account ["api" / "v1" / "account" / "list" / MovieId] => watching::remove_from_list [id];
    GET    Account ["api" / "v1" / "account" / "movies" / MovieId] => watching::state [id];
    GET    Admin ["api" / "v1" / "users"]            => users::list;
    POST   Admin ["api" / "v1" / "users"]            => users::create, CreateUser;
    PATCH  Admin ["api" / "v1" / "users" / String]   => users::change [name], ChangeUser;
    DELETE Admin ["api" / "v1" / "users" / String]   => users::remove [name], RemoveUser;
    GET    Admin ["api" / "v1" / "tokens"]           => tokens::list;
    POST   Admin ["api" / "v1" / "tokens"]           => tokens::create, CreateToken;
    DELETE Admin ["api" / "v1" / "tokens" / String]  => tokens::revoke [name], RevokeToken;
    POST   Admin ["api" / "v1" / "links"]            => links::create, CreateLink;
    GET    Admin ["api" / "v1" / "audit"]            => audit::list;
    GET    Admin ["api" / "v1" / "status"]           => status::show;
    GET    Admin ["api" / "v1" / "backup"]           => backups::export;
    PUT    Admin ["api" / "v1" / "backup"]           => backups::import, ImportBackup;
    GET    Public ["api" / "v1" / "openapi.json"]    => openapi::show;

    OPTIONS Public ["api" / "v1" / "uploads"]        => uploads::options;
    OPTIONS Public ["api" / "v1" / "uploads" / Uuid] => uploads::options_of [id];
    POST   Admin ["api" / "v1" / "uploads"]          => uploads::create, CreateUpload;
    HEAD   Admin ["api" / "v1" / "uploads" / Uuid]   => uploads::progress [id];
    PATCH  Admin ["api" / "v1" / "uploads" / Uuid]   => uploads::append [id], FinishUpload;
    DELETE Admin ["api" / "v1" / "uploads" / Uuid]   => uploads::discard [id], DiscardUpload;
    POST   Admin ["api" / "v1" / "uploads" / Uuid]   => uploads::overridden [id], FinishUpload;

    POST   Watch ["api" / "v1" / "playbacks"]                   => playbacks::start;
    POST   Watch ["api" / "v1" / "playbacks" / Uuid]            => playbacks::report [id];
    POST   Public ["watch" / MediaNameParam / "playbacks"]      => playbacks::start_by_link [name];
    POST   Public ["watch" / MediaNameParam / "playbacks" / Uuid] => playbacks::report_by_link [name, id];
    GET    Admin ["api" / "v1" / "views"]                       => views::summary;
    GET    Admin ["api" / "v1" / "views" / "explain" / MovieId] => views::explain [movie];

    GET    Watch ["api" / "v1" / "movies"]                      => movies::list;
    POST   Admin ["api" / "v1" / "movies"]                      => movies::add, AddMovie;
    GET    Watch ["api" / "v1" / "movies" / MovieId]            => movies::show [id];
    PATCH  Admin ["api" / "v1" / "movies" / MovieId]            => movies::change [id], ChangeMovie;
    DELETE Admin ["api" / "v1" / "movies" / MovieId]            => movies::remove [id], RemoveMovie;
    GET    Link  ["api" / "v1" / "movies" / MovieId / "poster"] => posters::show [id];
    PUT    Admin ["api" / "v1" / "movies" / MovieId / "poster"] => posters::set [id], SetPoster;
    DELETE Admin ["api" / "v1" / "movies" / MovieId / "poster"] => posters::remove [id], RemovePoster;
    GET    Watch ["api" / "v1" / "movies" / MovieId / "collections"] => collections::of_movie [id];
    GET    Watch ["api" / "v1" / "collections"]                 => collections::list;
    POST   Admin ["api" / "v1" / "collections"]                 => collections::add, AddCollection;
    GET    Watch ["api" / "v1" / "collections" / Uuid]          => collections::show [id];
    PATCH  Admin ["api" / "v1" / "collections" / Uuid]          => collections::change [id], ChangeCollection;
    DELETE Admin ["api" / "v1" / "collections" / Uuid]          => collections::remove [id], RemoveCollection;
    PUT    Admin ["api" / "v1" / "collections" / Uuid / "movies"]
        => collections::set_movies [id], SetCollectionMovies;
    POST   Admin ["api" / "v1" / "collections" / Uuid / "imports"]
        => imports::collection [id], ImportCollection;
    POST   Admin ["api" / "v1" / "imports"]                     => imports::movie, ImportMovie;
    PUT    Admin ["api" / "v1" / "imports" / MediaNameParam / "poster"]
        => imports::poster [name], ImportPoster;
    POST   Admin ["api" / "v1" / "imports" / MediaNameParam / "subtitles"]
        => imports::subtitles [name], ImportSubtitles;
    GET    Admin ["api" / "v1" / "libraries"]                   => libraries::list;
    POST   Admin ["api" / "v1" / "libraries"]                   => libraries::add, AddLibrary;
    DELETE Admin ["api" / "v1" / "libraries" / Uuid]            => libraries::remove [id], RemoveLibrary;
    POST   Admin ["api" / "v1" / "libraries" / Uuid / "scan"]   => libraries::scan [id], ScanLibrary;
    GET    Watch ["api" / "v1" / "genres"]                      => genres::list;
    GET    Watch ["api" / "v1" / "media"]                       => media::list;
    GET    Watch ["api" / "v1" / "media" / MediaNameParam]      => media::show [name];
    DELETE Admin ["api" / "v1" / "media" / MediaNameParam]      => media::remove [name], RemoveMedia;
    GET    Watch ["api" / "v1" / "media" / MediaNameParam / "subtitles"] => subtitles::list [name];
    POST   Admin ["api" / "v1" / "media" / MediaNameParam / "subtitles"]
        => subtitles::add [name], AddSubtitles;
    GET    Admin ["api" / "v1" / "media" / MediaNameParam / "subtitles" / Uuid]
        => subtitles::show [name, id];
    PATCH  Admin ["api" / "v1" / "media" / MediaNameParam / "subtitles" / Uuid]
        => subtitles::change [name, id], ChangeSubtitles;
    DELETE Admin ["api" / "v1" / "media" / MediaNameParam / "subtitles" / Uuid]
        => subtitles::remove [name, id], RemoveSubtitles;
    POST   Admin ["api" / "v1" / "repairs"]                     => media::repair, RepairMedia;
}

/// Combines all routes of this process in one filter, which responds to every request.
pub fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let fallback = raw_request(app.clone()).map(|request: RawRequest| not_found(&request)).boxed();
    // Folded from the right, so that the first rows are tried without descending through the later
    // ones.
    filters(app).into_iter().rfold(fallback, |later, first| first.or(later).unify().boxed())
}

fn method(name: &'static str) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    warp::method()
        .and_then(move |requested: Method| async move {
            if accepts(name, &requested) { Ok(()) } else { Err(warp::reject()) }
        })
        .untuple_one()
}

/// Returns whether a row of this method serves requests of the other one.
fn accepts(row: &str, requested: &Method) -> bool {
    row == requested.as_str() || (row == "GET" && requested == Method::HEAD)
}

/// Authorizes a request, runs its handler, writes the audit log and turns an error into a response.
async fn respond<F, Fut>(
    mut request: RawRequest,
    access: AccessRule,
    action: Option<AuditAction>,
    handler: F,
) -> Response
where
    F: FnOnce(AuthorizedRequest) -> Fut,
    Fut: Future<Output = Result<Response, AppError>>,
{
    let errors = ErrorResponder::new(&request);
    let head = request.head();
    // What needs no catalogue works from the first moment on: probes, the look of the pages.
    let needs_catalog = access != AccessRule::Public || action.is_some();
    let authorized = match request.app.starting_reason() {
        Some(reason) if needs_catalog => Err(AppError::Unavailable(reason)),
        _ => auth::authorize(&request, access).await,
    };
    let result = match authorized {
        Ok(identity) => {
            let mut audit = AuditGuard::new(&request, &identity, action);
            audit.begin().await;
            let staleness = Staleness::default();
            request.app = request.app.with_catalog(request.app.catalog.with_staleness(&staleness));
            let mut result = handler(request.into_authorized(identity)).await;
            audit.finish(&mut result).await;
            match result.map(|response| staleness::set_headers(response, &staleness)) {
                Ok(mut response) => {
                    language::label(&head.headers, &mut response);
                    representation::complete(&head, response).await
                }
                failed => failed,
            }
        }
        Err(rejected) => Err(rejected),
    };
    result.unwrap_or_else(|error| errors.respond(&error))
}

/// Responds to a request that no route of this process matches: 421 if another kind of process
/// serves it, 405 if the path has other methods, else 404.
fn not_found(request: &RawRequest) -> Response {
    let (path, role) = (request.path.as_str(), request.app.config.role);
    let errors = ErrorResponder::new(request);
    let rows = || ROUTES.iter().filter(|row| !row.is_hidden() && row.matches(path));
    let elsewhere = rows()
        .find(|row| accepts(row.method, &request.method))
        .map(Route::served_by)
        .filter(|served_by| !served_by.includes(role));
    if let Some(served_by) = elsewhere {
        let message = format!("this server does not serve {path}; {}", served_by.advice());
        return errors.respond(&AppError::Misdirected(message));
    }
    let allowed: Vec<&str> = rows().map(|row| row.method).collect();
    if allowed.is_empty() || allowed.iter().any(|row| accepts(row, &request.method)) {
        return errors.respond(&AppError::NotFound(format!("page {path}")));
    }
    let mut response = reply::error_body(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::MethodNotAllowed,
        format!("{path} does not support {}", request.method),
        &request.context.id,
    );
    if let Ok(list) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(ALLOW, list);
    }
    response
}

/// The kind of process that serves a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ServedBy {
    /// All processes.
    Every,
    /// Processes with a volume.
    Streamer,
    /// Processes with the catalogue and the pages.
    Web,
}

impl ServedBy {
    fn includes(self, role: Role) -> bool {
        match (self, role) {
            (Self::Every, _) | (_, Role::All) => true,
            (Self::Streamer, role) => role == Role::Streamer,
            (Self::Web, role) => role == Role::Web,
        }
    }

    /// Returns the advice for a client that sent its request to the wrong process.
    fn advice(self) -> &'static str {
        match self {
            Self::Streamer => "use a streamer, or the gateway",
            Self::Every | Self::Web => "use a web server, or the gateway",
        }
    }
}

impl Route {
    /// Returns the kind of process that serves it, by its path, as gateways route requests.
    fn served_by(&self) -> ServedBy {
        let path = self.path();
        match path.trim_start_matches('/').split('/').next() {
            Some("healthz" | "readyz") => ServedBy::Every,
            Some("stream" | "peer") => ServedBy::Streamer,
            _ if path.starts_with(paths::UPLOADS) => ServedBy::Streamer,
            _ => ServedBy::Web,
        }
    }

    /// Returns whether clients other than peers must not learn that the path exists.
    pub fn is_hidden(&self) -> bool {
        self.access == AccessRule::Peer
    }

    /// Returns the path with the names of its parameters: `/api/v1/movies/{id}`.
    pub fn named_path(&self) -> String {
        let fill = |path: String, (name, kind): (&str, String)| {
            path.replacen(&format!("{{{kind}}}"), &format!("{{{name}}}"), 1)
        };
        self.parameters().into_iter().fold(self.path(), fill)
    }

    /// Returns names and types of the path's parameters, such as `id` and `MovieId`.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let path = self.path();
        let kinds = path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'));
        self.params.iter().copied().zip(kinds.map(str::to_owned)).collect()
    }

    /// Returns the path with the types of its parameters: `/api/v1/movies/{MovieId}`.
    pub fn path(&self) -> String {
        let segments = self.pattern.split('/').map(str::trim).filter(|s| !s.is_empty());
        let path: String = segments
            .map(|s| match s.strip_prefix('"') {
                Some(literal) => format!("/{}", literal.trim_end_matches('"')),
                None => format!("/{{{s}}}"),
            })
            .collect();
        if path.is_empty() { "/".to_owned() } else { path }
    }

    /// Returns whether a path matches this row's pattern, with any values of the parameters.
    fn matches(&self, path: &str) -> bool {
        let pattern = self.path();
        let (mut expected, mut actual) = (pattern.split('/'), path.split('/'));
        loop {
            match (expected.next(), actual.next()) {
                (None, None) => return true,
                (Some(e), Some(a)) if e == a || (e.starts_with('{') && !a.is_empty()) => {}
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests;
