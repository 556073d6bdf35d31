//! The access rule of every route, tried with every kind of client.

use std::net::Ipv4Addr;

use ginflix_api::account::{Login, NewUser, Role};
use jiff::Timestamp;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use super::super::{ROUTES, Route, routes};
use crate::accounts::secret::Secret;
use crate::app::App;
use crate::catalog::store::{Credential, CredentialKind};
use crate::http::auth::AccessRule;
use crate::http::test_request::{TestRequest, request};

type Routes = BoxedFilter<(Response,)>;

/// Creates a token with this role.
async fn token(app: &App, role: Role) -> String {
    let secret = Secret::random().unwrap();
    let credential = Credential {
        secret_sha256: secret.sha256(),
        kind: CredentialKind::Token,
        name: format!("{role:?}"),
        account: None,
        account_role: None,
        role,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
        browser: None,
        used_at: None,
    };
    app.catalog.store().put_credential(&credential).await.unwrap();
    secret.reveal().to_owned()
}

/// Creates an account, and returns the secret of its session.
async fn session(app: &App) -> String {
    let name = "ann".to_owned();
    let password = "correct horse".to_owned();
    let new = NewUser { name: name.clone(), role: Role::Viewer, password: password.clone() };
    app.accounts.create_user(new).await.unwrap();
    let login = Login { name, password };
    app.accounts.log_in(login, Ipv4Addr::LOCALHOST.into(), "").await.unwrap().0.reveal().to_owned()
}

/// Builds a request that matches this row.
fn request_for(row: &Route) -> TestRequest {
    let sample = |segment: &str| match segment {
        "{MediaNameParam}" => "movie.mp4".to_owned(),
        id if id.starts_with('{') => Uuid::nil().to_string(),
        literal => literal.to_owned(),
    };
    let path: Vec<String> = row.path().split('/').map(sample).collect();
    request(row.method, &path.join("/"))
}

async fn status(site: &Routes, request: TestRequest) -> StatusCode {
    request.reply(site).await.status()
}

fn rows(access: AccessRule) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |row| row.access == access)
}

#[tokio::test]
async fn routes_of_administrators_reject_others() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, viewer) = (routes(&app), token(&app, Role::Viewer).await);
    let unknown = Secret::random().unwrap().reveal().to_owned();
    assert!(rows(AccessRule::Admin).count() > 2);
    for row in rows(AccessRule::Admin) {
        let at = format!("{} {}", row.method, row.path());
        let is_page = row.method == "GET" && !row.path().starts_with("/api/");
        let logged_out = if is_page { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED };
        assert_eq!(status(&site, request_for(row)).await, logged_out, "{at}");
        let with =
            |token: &str| request_for(row).header("authorization", format!("Bearer {token}"));
        assert_eq!(status(&site, with(&unknown)).await, logged_out, "{at}");
        assert_eq!(status(&site, with(&viewer)).await, StatusCode::FORBIDDEN, "{at}");
    }
}

#[tokio::test]
async fn routes_of_accounts_are_for_sessions_only() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, admin, ann) = (routes(&app), token(&app, Role::Admin).await, session(&app).await);
    assert!(rows(AccessRule::Account).count() > 10);
    // What ends the session comes last.
    let ends_session = |row: &&Route| row.handler.contains("session");
    let mut tried: Vec<&Route> = rows(AccessRule::Account).collect();
    tried.sort_by_key(ends_session);
    for row in tried {
        let at = format!("{} {}", row.method, row.path());
        let is_page = row.method == "GET" && !row.path().starts_with("/api/");
        let logged_out = if is_page { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED };
        assert_eq!(status(&site, request_for(row)).await, logged_out, "{at}");
        let with =
            |secret: &str| request_for(row).header("authorization", format!("Bearer {secret}"));
        assert_eq!(status(&site, with(&admin)).await, StatusCode::FORBIDDEN, "{at}");
        let allowed = status(&site, with(&ann)).await;
        assert!(!REFUSALS.contains(&allowed) && !allowed.is_server_error(), "{at}: {allowed}");
    }
}

#[tokio::test]
async fn a_page_of_another_site_cannot_use_the_cookie() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, admin) = (routes(&app), token(&app, Role::Admin).await);
    let ann = session(&app).await;
    let changing = |row: &&Route| !["GET", "HEAD", "OPTIONS"].contains(&row.method);
    let changing = ROUTES
        .iter()
        .filter(changing)
        .filter(|row| ![AccessRule::Public, AccessRule::Peer].contains(&row.access));
    for row in changing {
        let at = format!("{} {}", row.method, row.path());
        let secret = if row.access == AccessRule::Account { &ann } else { &admin };
        let by_cookie = || {
            request_for(row)
                .header("host", "films.example")
                .header("cookie", format!("ginflix_session={secret}"))
        };
        assert_eq!(status(&site, by_cookie()).await, StatusCode::FORBIDDEN, "{at}");
        let foreign = by_cookie().header("origin", "http://evil.example");
        assert_eq!(status(&site, foreign).await, StatusCode::FORBIDDEN, "{at}");
        let own = by_cookie().header("origin", "http://films.example");
        assert_ne!(status(&site, own).await, StatusCode::FORBIDDEN, "{at}");
    }
}

#[tokio::test]
async fn everyone_but_an_unknown_token_may_watch() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, unknown) = (routes(&app), Secret::random().unwrap().reveal().to_owned());
    for row in rows(AccessRule::Watch) {
        let at = format!("{} {}", row.method, row.path());
        let refusals = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::SEE_OTHER];
        let ended = request_for(row).header("cookie", format!("ginflix_session={unknown}"));
        for request in [request_for(row), ended] {
            assert!(!refusals.contains(&status(&site, request).await), "{at}");
        }
        let bearer = request_for(row).header("authorization", format!("Bearer {unknown}"));
        assert!(refusals.contains(&status(&site, bearer).await), "{at}");
    }
}

const REFUSALS: [StatusCode; 3] =
    [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::SEE_OTHER];

#[tokio::test]
async fn on_a_private_cluster_only_authenticated_clients_may_watch() {
    let (_dir, app) = App::in_temp_dir_with(&["--access", "private"]).await;
    let (site, viewer) = (routes(&app), token(&app, Role::Viewer).await);
    for row in rows(AccessRule::Watch).chain(rows(AccessRule::Link)) {
        let at = format!("{} {}", row.method, row.path());
        assert!(REFUSALS.contains(&status(&site, request_for(row)).await), "{at}");
        let known = request_for(row).header("authorization", format!("Bearer {viewer}"));
        assert!(!REFUSALS.contains(&status(&site, known).await), "{at}");
    }
    // The public routes are the log-in, the probes and others that reveal nothing of any movie.
    let open: Vec<String> = rows(AccessRule::Public).map(Route::path).collect();
    assert!(!open.iter().any(|path| path.starts_with("/api/v1/m") || path == "/"), "{open:?}");
}

#[tokio::test]
async fn a_signed_link_grants_its_path_until_it_expires() {
    let (_dir, app) = App::in_temp_dir_with(&["--access", "private"]).await;
    std::fs::write(app.config.data_dir.join("media/movie.mp4"), "movie").unwrap();
    std::fs::write(app.config.data_dir.join("media/other.mp4"), "other").unwrap();
    let (site, viewer) = (routes(&app), token(&app, Role::Viewer).await);
    let hour = jiff::SignedDuration::from_hours(1);
    let link = app.links.sign_for("/stream/movie.mp4", "ann", Timestamp::now() + hour);
    let expired = app.links.sign_for("/stream/movie.mp4", "ann", Timestamp::now() - hour);
    for method in ["GET", "HEAD"] {
        assert_eq!(status(&site, request(method, &link)).await, StatusCode::OK);
    }
    assert_eq!(status(&site, request("GET", &expired)).await, StatusCode::GONE);
    let foreign = link.replace("movie", "other");
    for altered in [
        foreign,
        link.replace("account=ann", "account=eve"),
        expired.replace("expires=1", "expires=9"),
    ] {
        let refused = status(&site, request("GET", &altered)).await;
        assert_eq!(refused, StatusCode::FORBIDDEN, "{altered}");
    }
    // An expired link does not matter to a client that may watch anyway.
    let known = request("GET", &expired).header("authorization", format!("Bearer {viewer}"));
    assert_eq!(status(&site, known).await, StatusCode::OK);
    // A link is valid for its own path only.
    let query = link.split_once('?').unwrap().1;
    let page = request("GET", &format!("/api/v1/movies?{query}"));
    assert_eq!(status(&site, page).await, StatusCode::UNAUTHORIZED);
    // The poster's own parameter does not invalidate the link.
    let poster = format!("/api/v1/movies/{}/poster", Uuid::nil());
    let poster = app.links.sign_for(&poster, "ann", Timestamp::now() + hour) + "&v=01";
    assert_eq!(status(&site, request("GET", &poster)).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn streams_look_up_no_credentials_in_the_database() {
    for access in ["public", "private"] {
        let (_dir, app) = App::in_temp_dir_with(&["--access", access]).await;
        std::fs::write(app.config.data_dir.join("media/movie.mp4"), "movie").unwrap();
        let (site, admin) = (routes(&app), token(&app, Role::Admin).await);
        let catalogue = app.config.data_dir.join("catalog.db");
        let gone = rusqlite::Connection::open(catalogue).unwrap();
        gone.execute_batch("DROP TABLE credentials").unwrap();
        let hour = jiff::SignedDuration::from_hours(1);
        let link = app.links.sign_for("/stream/movie.mp4", "ann", Timestamp::now() + hour);
        let with_cookie =
            |path: &str| request("GET", path).header("cookie", format!("ginflix_session={admin}"));
        assert_eq!(status(&site, with_cookie(&link)).await, StatusCode::OK, "{access}");
        let plain = status(&site, with_cookie("/stream/movie.mp4")).await;
        let looked_up = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(plain, if access == "public" { StatusCode::OK } else { looked_up });
    }
}

#[tokio::test]
async fn another_site_cannot_log_a_visitor_in() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, body) = (routes(&app), r#"{"name": "ann", "password": "wrong horse"}"#);
    let from = |origin: &str| {
        request("POST", "/api/v1/session")
            .header("host", "films.example")
            .header("origin", origin)
            .body(body)
    };
    assert_eq!(status(&site, from("http://evil.example")).await, StatusCode::FORBIDDEN);
    assert_eq!(status(&site, from("http://films.example")).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn each_role_serves_its_own_paths_and_names_the_other() {
    for (role, own, others) in [
        ("web", ["/", "/api/v1/movies", "/healthz"], ["/stream/a.mp4", "/stream/b.mp4"]),
        ("streamer", ["/stream/a.mp4", "/stream/b.mp4", "/readyz"], ["/", "/api/v1/movies"]),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("catalog.db").display());
        let (_dir, app) = App::in_temp_dir_with(&["--role", role, "--database-url", &url]).await;
        let site = routes(&app);
        for path in own {
            let status = status(&site, request("GET", path)).await;
            assert_ne!(status, StatusCode::MISDIRECTED_REQUEST, "{role}: {path}");
        }
        for path in others {
            let status = status(&site, request("GET", path)).await;
            assert_eq!(status, StatusCode::MISDIRECTED_REQUEST, "{role}: {path}");
        }
        assert_eq!(status(&site, request("GET", "/nowhere")).await, StatusCode::NOT_FOUND);
        assert_eq!(
            status(&site, request("PATCH", "/healthz")).await,
            StatusCode::METHOD_NOT_ALLOWED
        );
    }
}
