//! Every row of the table is held against who asks.

use std::net::{IpAddr, Ipv4Addr};

use ginflix_api::account::Role;
use jiff::Timestamp;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::test::RequestBuilder;

use super::auth::Access;
use super::request::{Origin, RequestId};
use super::routes::{ROUTES, Route, routes};
use crate::accounts::secret::Secret;
use crate::app::App;
use crate::catalog::store::{Credential, CredentialKind};

type Site = BoxedFilter<(Response,)>;

/// A token of this role.
async fn token(app: &App, role: Role) -> String {
    let secret = Secret::random().unwrap();
    let credential = Credential {
        secret_sha256: secret.sha256(),
        kind: CredentialKind::Token,
        name: format!("{role:?}"),
        account: None,
        role,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: None,
    };
    app.catalog.store().put_credential(&credential).await.unwrap();
    secret.reveal().to_owned()
}

fn request(method: &str, path: &str) -> RequestBuilder {
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let origin = Origin { id: RequestId(Uuid::nil()), client, secure: false };
    warp::test::request().method(method).path(path).extension(origin)
}

/// A request that has the shape of this row.
fn request_for(row: &Route) -> RequestBuilder {
    let sample = |segment: &str| match segment {
        "{Name}" => "film.mp4".to_owned(),
        id if id.starts_with('{') => Uuid::nil().to_string(),
        literal => literal.to_owned(),
    };
    let path: Vec<String> = row.path().split('/').map(sample).collect();
    request(row.method, &path.join("/"))
}

async fn status(site: &Site, request: RequestBuilder) -> StatusCode {
    request.reply(site).await.status()
}

fn rows(access: Access) -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(move |row| row.access == access)
}

#[tokio::test]
async fn what_administrators_do_nobody_else_does() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, viewer) = (routes(&app), token(&app, Role::Viewer).await);
    let unknown = Secret::random().unwrap().reveal().to_owned();
    assert!(rows(Access::Admin).count() > 2);
    for row in rows(Access::Admin) {
        let at = format!("{} {}", row.method, row.path());
        let to_people = row.method == "GET" && !row.path().starts_with("/api/");
        let nobody = if to_people { StatusCode::SEE_OTHER } else { StatusCode::UNAUTHORIZED };
        assert_eq!(status(&site, request_for(row)).await, nobody, "{at}");
        let with =
            |token: &str| request_for(row).header("authorization", format!("Bearer {token}"));
        assert_eq!(status(&site, with(&unknown)).await, nobody, "{at}");
        assert_eq!(status(&site, with(&viewer)).await, StatusCode::FORBIDDEN, "{at}");
    }
}

#[tokio::test]
async fn another_sites_page_cannot_use_the_cookie() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, admin) = (routes(&app), token(&app, Role::Admin).await);
    let changing = |row: &&Route| !["GET", "HEAD", "OPTIONS"].contains(&row.method);
    let changing = ROUTES.iter().filter(changing).filter(|row| row.access != Access::Open);
    for row in changing {
        let at = format!("{} {}", row.method, row.path());
        let by_cookie = || {
            request_for(row)
                .header("host", "films.example")
                .header("cookie", format!("ginflix_session={admin}"))
        };
        assert_eq!(status(&site, by_cookie()).await, StatusCode::FORBIDDEN, "{at}");
        let foreign = by_cookie().header("origin", "http://evil.example");
        assert_eq!(status(&site, foreign).await, StatusCode::FORBIDDEN, "{at}");
        let own = by_cookie().header("origin", "http://films.example");
        assert_ne!(status(&site, own).await, StatusCode::FORBIDDEN, "{at}");
    }
}

#[tokio::test]
async fn who_may_watch_is_anyone_but_an_unknown_token() {
    let (_dir, app) = App::in_temp_dir().await;
    let (site, unknown) = (routes(&app), Secret::random().unwrap().reveal().to_owned());
    for row in rows(Access::Watch).filter(|row| row.path() != "/api/v1/session") {
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
