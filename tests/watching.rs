//! The own account over HTTP: password, sessions, positions, history and list.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::error::ErrorCode;
use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_tests::http::expect_error;
use ginflix_tests::server::{Server, forbid_in_logs};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// An account that is logged in.
struct User<'a> {
    server: &'a Server,
    token: String,
}

impl<'a> User<'a> {
    /// Adds an account and logs in.
    async fn add(server: &'a Server, name: &str) -> Self {
        let user = json!({ "name": name, "role": "viewer", "password": PASSWORD });
        let added = server.admin(Method::POST, paths::USERS).json(&user).send().await.unwrap();
        assert_eq!(added.status(), 201);
        Self::log_in(server, name).await
    }

    async fn log_in(server: &'a Server, name: &str) -> Self {
        let login = json!({ "name": name, "password": PASSWORD });
        let request = server.anonymous(Method::POST, paths::SESSION).json(&login);
        let response = request.header("user-agent", FIREFOX).send().await.unwrap();
        assert_eq!(response.status(), 201);
        let logged_in: Value = response.json().await.unwrap();
        let token = logged_in["token"].as_str().unwrap().to_owned();
        forbid_in_logs(&token);
        Self { server, token }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.server.anonymous(method, path).bearer_auth(&self.token)
    }

    async fn status(&self, method: Method, path: &str) -> u16 {
        self.request(method, path).send().await.unwrap().status().as_u16()
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    async fn page(&self, path: &str) -> String {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    }

    async fn stop_at(&self, movie: &Movie, position: f64) -> u16 {
        let json = json!({ "position_seconds": position, "duration_seconds": 1000 });
        let put = self.request(Method::PUT, &paths::watching(movie.id)).json(&json);
        put.send().await.unwrap().status().as_u16()
    }

    async fn change_password(&self, current: &str, new: &str) -> RequestBuilder {
        let json = json!({ "current_password": current, "new_password": new });
        self.request(Method::PUT, paths::OWN_PASSWORD).json(&json)
    }
}

async fn add_movies<const N: usize>(server: &Server, titles: [&str; N]) -> [Movie; N] {
    server.put_media("film.mp4", b"bytes".to_vec()).await;
    let mut movies = Vec::new();
    for title in titles {
        movies.push(server.add_movie(title, "film.mp4").await);
    }
    movies.try_into().unwrap()
}

fn titles(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["movie"]["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn positions_make_up_the_history_of_one_account() {
    let server = Server::start();
    let [first, second] = add_movies(&server, ["First", "Second"]).await;
    let (ann, bob) = (User::add(&server, "ann").await, User::add(&server, "bob").await);
    assert_eq!(ann.stop_at(&first, 400.0).await, 204);
    assert_eq!(ann.stop_at(&second, 999.0).await, 204);
    let watching = ann.json(paths::WATCHING).await;
    assert_eq!(titles(&watching), ["First"]);
    assert_eq!(watching["items"][0]["position_seconds"], 400.0);
    let history = ann.json(paths::HISTORY).await;
    assert_eq!(titles(&history), ["Second", "First"]);
    assert_eq!(history["items"][0]["watched"], true);
    let state = ann.json(&paths::watch_state(first.id)).await;
    assert_eq!((&state["position_seconds"], &state["watched"]), (&json!(400.0), &json!(false)));
    // On another device, and not for another account.
    let elsewhere = User::log_in(&server, "ann").await;
    assert_eq!(titles(&elsewhere.json(paths::WATCHING).await), ["First"]);
    assert_eq!(bob.json(paths::HISTORY).await["items"], json!([]));
    assert_eq!(bob.json(&paths::watch_state(first.id)).await["position_seconds"], 0.0);

    assert_eq!(ann.status(Method::DELETE, &paths::watching(first.id)).await, 204);
    assert_eq!(ann.json(paths::WATCHING).await["items"], json!([]));
    assert_eq!(ann.status(Method::PUT, &paths::history_entry(first.id)).await, 204);
    assert_eq!(ann.json(&paths::watch_state(first.id)).await["watched"], true);
    assert_eq!(ann.status(Method::DELETE, &paths::history_entry(first.id)).await, 204);
    assert_eq!(titles(&ann.json(paths::HISTORY).await), ["Second"]);
    assert_eq!(bob.stop_at(&first, 400.0).await, 204);
    assert_eq!(ann.status(Method::DELETE, paths::HISTORY).await, 204);
    assert_eq!(ann.json(paths::HISTORY).await["items"], json!([]));
    assert_eq!(titles(&bob.json(paths::HISTORY).await), ["First"]);
    // What somebody watches is in no audit log.
    let audit = server.json(paths::AUDIT).await.to_string();
    assert!(!audit.contains("/account/"), "{audit}");
}

#[tokio::test]
async fn invalid_positions_are_refused() {
    let server = Server::start();
    let [movie] = add_movies(&server, ["Film"]).await;
    let ann = User::add(&server, "ann").await;
    let put = |body: &'static str| ann.request(Method::PUT, &paths::watching(movie.id)).body(body);
    for body in [
        "",
        "[]",
        r#"{"position_seconds": 1}"#,
        r#"{"position_seconds": -1, "duration_seconds": 100}"#,
        r#"{"position_seconds": 1, "duration_seconds": 0}"#,
        r#"{"position_seconds": 1, "duration_seconds": 1e300}"#,
        r#"{"position_seconds": 1, "duration_seconds": 100, "x": 1}"#,
        r#"{"position_seconds": "1", "duration_seconds": 100}"#,
    ] {
        expect_error(put(body), 400, ErrorCode::Invalid).await;
    }
    let large = ann.request(Method::PUT, &paths::watching(movie.id)).body(" ".repeat(5000));
    expect_error(large, 413, ErrorCode::TooLarge).await;
    for path in [paths::WATCHING, paths::HISTORY, paths::WATCH_LIST] {
        for query in ["limit=0", "limit=201", "cursor=x", "x=1"] {
            let get = ann.request(Method::GET, &format!("{path}?{query}"));
            expect_error(get, 400, ErrorCode::Invalid).await;
        }
        let unknown = ann.request(Method::PUT, &format!("{path}/{}", uuid::Uuid::nil()));
        let unknown = unknown.json(&json!({ "position_seconds": 50, "duration_seconds": 100 }));
        expect_error(unknown, 404, ErrorCode::NotFound).await;
    }
    assert_eq!(ann.json(paths::HISTORY).await["items"], json!([]));
}

#[tokio::test]
async fn an_account_has_a_list_of_its_own() {
    let server = Server::start();
    let [first, second] = add_movies(&server, ["First", "Second"]).await;
    let (ann, bob) = (User::add(&server, "ann").await, User::add(&server, "bob").await);
    for movie in [&first, &second, &first] {
        assert_eq!(ann.status(Method::PUT, &paths::watch_list_entry(movie.id)).await, 204);
    }
    let page = ann.json(&format!("{}?limit=1", paths::WATCH_LIST)).await;
    assert_eq!(titles(&page), ["Second"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let page = ann.json(&format!("{}?limit=1&cursor={cursor}", paths::WATCH_LIST)).await;
    assert_eq!((titles(&page), &page["next_cursor"]), (vec!["First"], &Value::Null));
    assert_eq!(bob.json(paths::WATCH_LIST).await["items"], json!([]));
    assert!(ann.page("/list").await.contains(">Second</span>"));
    assert!(bob.page("/list").await.contains("Your list is empty"));
    assert!(ann.page(&paths::movie_page(first.id)).await.contains("On my list"));
    assert!(bob.page(&paths::movie_page(first.id)).await.contains("Add to my list"));
    assert_eq!(ann.status(Method::DELETE, &paths::watch_list_entry(second.id)).await, 204);
    assert_eq!(titles(&ann.json(paths::WATCH_LIST).await), ["First"]);
}

#[tokio::test]
async fn pages_show_how_far_the_account_has_watched() {
    let server = Server::start();
    let [half, seen, other] = add_movies(&server, ["Half", "Seen", "Other"]).await;
    let (ann, bob) = (User::add(&server, "ann").await, User::add(&server, "bob").await);
    ann.stop_at(&half, 400.0).await;
    ann.stop_at(&seen, 1000.0).await;
    let start = ann.page("/").await;
    assert!(start.contains("Continue watching") && start.contains("10 min left"), "{start}");
    // In the row and in the catalogue.
    assert_eq!(start.matches("<progress max=\"1000\" value=\"400\"").count(), 2, "{start}");
    assert_eq!(start.matches("watched-mark").count(), 1, "{start}");
    assert!(ann.page(&paths::movie_page(half.id)).await.contains("data-position=\"400\""));
    assert!(!ann.page(&paths::movie_page(other.id)).await.contains("data-position"));
    let history = ann.page("/history").await;
    assert!(history.contains(">Half</span>") && history.contains(">Seen</span>"), "{history}");
    let start = bob.page("/").await;
    assert!(!start.contains("<progress") && !start.contains("watched-mark"), "{start}");
    assert!(bob.page("/history").await.contains("Nothing watched yet"));
    // A visitor has no history on the server; the browser asks for the cards of its own.
    let visitor = server.anonymous(Method::GET, "/").send().await.unwrap().text().await.unwrap();
    assert!(!visitor.contains("<progress"), "{visitor}");
    let cards = format!("/continue?movies={},x,{}", half.id, uuid::Uuid::nil());
    let cards = server.anonymous(Method::GET, &cards).send().await.unwrap().text().await.unwrap();
    assert_eq!(cards.matches("<li>").count(), 1, "{cards}");
}

#[tokio::test]
async fn a_user_changes_the_own_password() {
    let server = Server::start();
    for secret in ["battery staple", "a wrong password of ann"] {
        forbid_in_logs(secret);
    }
    let ann = User::add(&server, "ann").await;
    let elsewhere = User::log_in(&server, "ann").await;
    let wrong = ann.change_password("a wrong password of ann", "battery staple").await;
    expect_error(wrong, 403, ErrorCode::Forbidden).await;
    let weak = ann.change_password(PASSWORD, "1234567890").await;
    expect_error(weak, 400, ErrorCode::Invalid).await;
    assert_eq!(elsewhere.status(Method::GET, paths::ACCOUNT).await, 200);
    let right = ann.change_password(PASSWORD, "battery staple").await;
    assert_eq!(right.send().await.unwrap().status(), 204);
    assert_eq!(ann.json(paths::ACCOUNT).await["name"], "ann");
    assert_eq!(elsewhere.status(Method::GET, paths::ACCOUNT).await, 401);
    let login = json!({ "name": "ann", "password": PASSWORD });
    let login = server.anonymous(Method::POST, paths::SESSION).json(&login);
    expect_error(login, 401, ErrorCode::Unauthenticated).await;
    let audit = server.json(paths::AUDIT).await;
    let change = &audit["items"][0];
    assert_eq!(
        (&change["action"], &change["who"]),
        (&json!("account.change_password"), &json!("ann"))
    );
    // Guesses are limited as at the log-in.
    for _ in 0..4 {
        let wrong = ann.change_password(PASSWORD, "another staple").await;
        expect_error(wrong, 403, ErrorCode::Forbidden).await;
    }
    let limited = ann.change_password("battery staple", "another staple").await;
    expect_error(limited, 429, ErrorCode::TooManyRequests).await;
}

#[tokio::test]
async fn a_user_ends_sessions_of_the_own_account() {
    let server = Server::start();
    let ann = User::add(&server, "ann").await;
    let (second, third) = (User::log_in(&server, "ann").await, User::log_in(&server, "ann").await);
    let bob = User::add(&server, "bob").await;
    let sessions = ann.json(paths::OWN_SESSIONS).await;
    let sessions = sessions["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 3);
    assert!(sessions.iter().all(|session| session["browser"] == "Firefox on Linux"));
    let current: Vec<&Value> = sessions.iter().filter(|one| one["is_current"] == true).collect();
    assert_eq!((current.len(), &current[0]["id"]), (1, &sessions[2]["id"]));
    let newest = paths::own_session(sessions[0]["id"].as_str().unwrap().parse().unwrap());
    assert_eq!(bob.status(Method::DELETE, &newest).await, 404);
    assert_eq!(ann.status(Method::DELETE, &newest).await, 204);
    assert_eq!(third.status(Method::GET, paths::ACCOUNT).await, 401);
    assert_eq!(second.status(Method::GET, paths::ACCOUNT).await, 200);
    assert!(ann.page("/account").await.contains("Firefox on Linux"));
    assert_eq!(ann.status(Method::DELETE, paths::OWN_SESSIONS).await, 204);
    assert_eq!(second.status(Method::GET, paths::ACCOUNT).await, 401);
    assert_eq!(ann.status(Method::GET, paths::ACCOUNT).await, 200);
    assert_eq!(bob.status(Method::GET, paths::ACCOUNT).await, 200);
}

#[tokio::test]
async fn a_token_neither_watches_nor_sets_a_password() {
    let server = Server::start();
    let [movie] = add_movies(&server, ["Film"]).await;
    for (method, path) in [
        (Method::GET, paths::HISTORY.to_owned()),
        (Method::PUT, paths::watch_list_entry(movie.id)),
        (Method::PUT, paths::OWN_PASSWORD.to_owned()),
        (Method::GET, paths::OWN_SESSIONS.to_owned()),
    ] {
        expect_error(server.admin(method, &path), 403, ErrorCode::Forbidden).await;
    }
    for page in ["/account", "/history", "/list"] {
        let response = server.anonymous(Method::GET, page).send().await.unwrap();
        assert_eq!(response.status(), 303, "{page}");
    }
}
