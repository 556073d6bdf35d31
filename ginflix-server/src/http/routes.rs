//! The one table of routes: method, who may, path, handler.

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

use super::audit::{self, Witness};
use super::auth::{self, Access};
use super::name::Name;
use super::pages::{admin, catalogue, login, movie};
use super::refusal::Asker;
use super::request::{Incoming, Req, incoming};
use super::{
    assets, backups, genres, health, links, media, movies, openapi, peer, playbacks, posters,
    reply, session, stale, status, stream, tokens, uploads, users, views,
};
use crate::app::App;
use crate::audit::Action;
use crate::catalog::cache::Staleness;
use crate::config::Role;
use crate::error::AppError;

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Method; `GET` answers `HEAD` too.
    pub method: &'static str,
    /// Who may.
    pub access: Access,
    /// Its handler, such as `movies::list`.
    pub handler: &'static str,
    /// What the audit log calls the change; `None` where nothing is changed, or only by viewers.
    pub action: Option<Action>,
    /// Names of the path's parameters, in their order.
    params: &'static [&'static str],
    /// Path as warp's `path!` has it: `"api" / "v1" / "movies" / MovieId`.
    pattern: &'static str,
}

/// `Some` of the audit log's action, or `None` where a row has none.
macro_rules! action {
    () => {
        None
    };
    ($action:ident) => {
        Some(Action::$action)
    };
}

/// Writes the table down once, as data ([`ROUTES`]) and as warp filters.
/// After the path stand the handler, in brackets the path's parameters and, where
/// administrators change something by it, what the audit log calls that.
macro_rules! routes {
    ($(
        $method:ident $access:ident [$($segment:tt)*]
        => $handler:path $([$($param:ident),*])? $(, $action:ident)?;
    )*) => {
        /// Every route there is, in the order in which they are tried.
        pub const ROUTES: &[Route] = &[$(Route {
            method: stringify!($method),
            access: Access::$access,
            handler: stringify!($handler),
            action: action!($($action)?),
            params: &[$($(stringify!($param)),*)?],
            pattern: stringify!($($segment)*),
        }),*];

        /// Those that this process answers.
        fn filters(app: &App) -> Vec<BoxedFilter<(Response,)>> {
            let all = [$(
                warp::path!($($segment)*)
                    .and(method(stringify!($method)))
                    .and(incoming(app.clone()))
                    .then(|$($($param,)*)? request: Incoming| async move {
                        let handler = |req| $handler(req $($(, $param)*)?);
                        respond(request, Access::$access, action!($($action)?), handler).await
                    })
                    .boxed()
            ),*];
            let role = app.config.role;
            let rows = ROUTES.iter().zip(all);
            rows.filter(|(row, _)| row.part().belongs_to(role)).map(|(_, filter)| filter).collect()
        }
    };
}

routes! {
    GET     Link ["stream" / Name] => stream::send [name];
    OPTIONS Open ["stream" / Name] => stream::preflight [name];

    GET    Open  ["healthz"] => health::live;
    GET    Open  ["readyz"]  => health::ready;

    GET    Peer ["peer" / "v1" / "media" / Name]   => peer::media [name];
    HEAD   Peer ["peer" / "v1" / "uploads" / Uuid] => peer::upload_progress [id];
    PATCH  Peer ["peer" / "v1" / "uploads" / Uuid] => peer::upload_append [id];
    DELETE Peer ["peer" / "v1" / "uploads" / Uuid] => peer::upload_discard [id];

    GET    Watch []                                        => catalogue::show;
    GET    Watch ["search"]                                => catalogue::show;
    GET    Watch ["movies" / MovieId]                      => movie::show [id];
    GET    Open  ["movies" / MovieId / "placeholder.svg"]  => movie::poster [id];
    GET    Open  ["movies" / MovieId / "backdrop.svg"]     => movie::backdrop [id];
    GET    Open  ["login"]                                 => login::show;
    GET    Admin ["admin"]                                 => admin::movies::show;
    GET    Admin ["admin" / "movies" / "new"]              => admin::movie::new;
    GET    Admin ["admin" / "movies" / MovieId]            => admin::movie::edit [id];
    GET    Admin ["admin" / "media"]                       => admin::media::show;
    GET    Open  ["assets" / String / String]              => assets::get [version, file];
    GET    Open  ["favicon.ico"]                           => assets::favicon;

    POST   Open   ["api" / "v1" / "session"] => session::log_in, LogIn;
    GET    Anyone ["api" / "v1" / "session"] => session::show;
    DELETE Anyone ["api" / "v1" / "session"] => session::log_out, LogOut;
    GET    Admin ["api" / "v1" / "users"]           => users::list;
    POST   Admin ["api" / "v1" / "users"]           => users::create, CreateUser;
    PATCH  Admin ["api" / "v1" / "users" / String]  => users::change [name], ChangeUser;
    DELETE Admin ["api" / "v1" / "users" / String]  => users::remove [name], RemoveUser;
    GET    Admin ["api" / "v1" / "tokens"]          => tokens::list;
    POST   Admin ["api" / "v1" / "tokens"]          => tokens::create, CreateToken;
    DELETE Admin ["api" / "v1" / "tokens" / String] => tokens::revoke [name], RevokeToken;
    POST   Admin ["api" / "v1" / "links"]   => links::create, CreateLink;
    GET    Admin ["api" / "v1" / "audit"]   => audit::list;
    GET    Admin ["api" / "v1" / "status"]  => status::show;
    GET    Admin ["api" / "v1" / "backup"]  => backups::export;
    PUT    Admin ["api" / "v1" / "backup"]  => backups::import, ImportBackup;
    GET    Open  ["api" / "v1" / "openapi.json"] => openapi::show;

    OPTIONS Open ["api" / "v1" / "uploads"]        => uploads::options;
    OPTIONS Open ["api" / "v1" / "uploads" / Uuid] => uploads::options_of [id];
    POST   Admin ["api" / "v1" / "uploads"]        => uploads::create, CreateUpload;
    HEAD   Admin ["api" / "v1" / "uploads" / Uuid] => uploads::progress [id];
    PATCH  Admin ["api" / "v1" / "uploads" / Uuid] => uploads::append [id], FinishUpload;
    DELETE Admin ["api" / "v1" / "uploads" / Uuid] => uploads::discard [id], DiscardUpload;
    POST   Admin ["api" / "v1" / "uploads" / Uuid] => uploads::overridden [id], FinishUpload;

    POST   Watch ["api" / "v1" / "playbacks"]                  => playbacks::start;
    POST   Watch ["api" / "v1" / "playbacks" / Uuid]           => playbacks::report [id];
    GET    Admin ["api" / "v1" / "views"]                      => views::summary;
    GET    Admin ["api" / "v1" / "views" / "explain" / MovieId] => views::explain [movie];

    GET    Watch ["api" / "v1" / "movies"] => movies::list;
    POST   Admin ["api" / "v1" / "movies"] => movies::add, AddMovie;
    GET    Watch ["api" / "v1" / "movies" / MovieId] => movies::show [id];
    PATCH  Admin ["api" / "v1" / "movies" / MovieId] => movies::change [id], ChangeMovie;
    DELETE Admin ["api" / "v1" / "movies" / MovieId] => movies::remove [id], RemoveMovie;
    GET    Link  ["api" / "v1" / "movies" / MovieId / "poster"] => posters::show [id];
    PUT    Admin ["api" / "v1" / "movies" / MovieId / "poster"] => posters::set [id], SetPoster;
    DELETE Admin ["api" / "v1" / "movies" / MovieId / "poster"] => posters::remove [id], RemovePoster;
    GET    Watch ["api" / "v1" / "genres"] => genres::list;
    GET    Watch ["api" / "v1" / "media"] => media::list;
    GET    Watch ["api" / "v1" / "media" / Name] => media::show [name];
    DELETE Admin ["api" / "v1" / "media" / Name] => media::remove [name], RemoveMedia;
    POST   Admin ["api" / "v1" / "repairs"]      => media::repair, RepairMedia;
}

/// The whole HTTP surface as one filter; answers every request, also the lost ones.
pub fn routes(app: &App) -> BoxedFilter<(Response,)> {
    let lost = incoming(app.clone()).map(|request: Incoming| not_found(&request)).boxed();
    // Folded from the right, so that the first rows are tried without
    // descending through the later ones.
    filters(app).into_iter().rfold(lost, |later, first| first.or(later).unify().boxed())
}

fn method(name: &'static str) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    warp::method()
        .and_then(move |asked: Method| async move {
            if answers(name, &asked) { Ok(()) } else { Err(warp::reject()) }
        })
        .untuple_one()
}

fn answers(row: &str, asked: &Method) -> bool {
    row == asked.as_str() || (row == "GET" && asked == Method::HEAD)
}

/// Who asks, may they, the handler, what it changed, and the shape of an error.
async fn respond<F, Fut>(
    mut request: Incoming,
    access: Access,
    action: Option<Action>,
    handler: F,
) -> Response
where
    F: FnOnce(Req) -> Fut,
    Fut: Future<Output = Result<Response, AppError>>,
{
    let asker = Asker::of(&request);
    let result = match auth::authorise(&request, access).await {
        Ok(identity) => {
            let mut witness = Witness::of(&request, &identity, action);
            witness.announce().await;
            let staleness = Staleness::default();
            request.app = request.app.with_catalog(request.app.catalog.noting(&staleness));
            let mut result = handler(request.identified(identity)).await;
            witness.saw(&mut result).await;
            result.map(|response| stale::mark(response, &staleness))
        }
        Err(refused) => Err(refused),
    };
    result.unwrap_or_else(|error| asker.refuse(&error))
}

/// 421 where another process of the cluster answers the path, 405 where it has
/// other methods, else 404.
fn not_found(request: &Incoming) -> Response {
    let (path, role) = (request.path.as_str(), request.app.config.role);
    let rows = || ROUTES.iter().filter(|row| !row.is_hidden() && row.matches(path));
    let elsewhere = rows()
        .find(|row| answers(row.method, &request.method))
        .map(Route::part)
        .filter(|part| !part.belongs_to(role));
    if let Some(part) = elsewhere {
        let message = format!("{path} is not answered here; {}", part.whom_to_ask());
        return Asker::of(request).refuse(&AppError::Misdirected(message));
    }
    let allowed: Vec<&str> = rows().map(|row| row.method).collect();
    if allowed.is_empty() || allowed.iter().any(|row| answers(row, &request.method)) {
        return Asker::of(request).refuse(&AppError::NotFound(format!("page {path}")));
    }
    let mut response = reply::error_body(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::MethodNotAllowed,
        format!("{path} does not take {}", request.method),
        &request.origin.id,
    );
    if let Ok(list) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(ALLOW, list);
    }
    response
}

/// Which processes answer a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Probes.
    Every,
    /// Whoever owns a volume.
    Streamer,
    /// Whoever has the pages and the catalogue.
    Web,
}

impl Part {
    fn belongs_to(self, role: Role) -> bool {
        match (self, role) {
            (Self::Every, _) | (_, Role::All) => true,
            (Self::Streamer, role) => role == Role::Streamer,
            (Self::Web, role) => role == Role::Web,
        }
    }

    fn whom_to_ask(self) -> &'static str {
        match self {
            Self::Streamer => "ask a streamer, or the gateway",
            Self::Every | Self::Web => "ask a web server, or the gateway",
        }
    }
}

impl Route {
    /// Who answers it, which is a matter of its path: gateways go by that too.
    fn part(&self) -> Part {
        let path = self.path();
        match path.trim_start_matches('/').split('/').next() {
            Some("healthz" | "readyz") => Part::Every,
            Some("stream" | "peer") => Part::Streamer,
            _ if path.starts_with(paths::UPLOADS) => Part::Streamer,
            _ => Part::Web,
        }
    }

    /// Whether nobody but peers is to learn that there is such a path.
    pub fn is_hidden(&self) -> bool {
        self.access == Access::Peer
    }

    /// The path as OpenAPI writes it: `/api/v1/movies/{id}`.
    pub fn named_path(&self) -> String {
        let fill = |path: String, (name, kind): (&str, String)| {
            path.replacen(&format!("{{{kind}}}"), &format!("{{{name}}}"), 1)
        };
        self.parameters().into_iter().fold(self.path(), fill)
    }

    /// Names and types of the path's parameters: `id` and `MovieId`.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let path = self.path();
        let kinds = path.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'));
        self.params.iter().copied().zip(kinds.map(str::to_owned)).collect()
    }

    /// The path with its parameters' types: `/api/v1/movies/{MovieId}`.
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

    /// Whether a path has this row's shape, whatever its parameters are.
    fn matches(&self, path: &str) -> bool {
        let pattern = self.path();
        let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some(w), Some(g)) if w == g || (w.starts_with('{') && !g.is_empty()) => {}
                _ => return false,
            }
        }
    }
}

#[cfg(test)]
mod tests;
