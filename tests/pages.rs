//! Snapshots of the HTML of each page. The browser suite tests how the pages behave.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_tests::http::noise;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::json;

/// Adds a movie with all metadata but a poster.
async fn add_full_movie(server: &Server) -> Movie {
    let movie = json!({
        "title": "Das Boot & <mehr>", "description": "Under water.\nFor long.", "year": 1981,
        "genres": ["Drama", "War"], "directors": ["Wolfgang Petersen"],
        "cast": ["Jürgen Prochnow", "Herbert Grönemeyer"], "media": "boot.mp4",
    });
    let added = server.admin(Method::POST, paths::MOVIES).json(&movie).send().await.unwrap();
    assert_eq!(added.status(), 201, "{}", added.text().await.unwrap());
    added.json().await.unwrap()
}

/// Adds a series with a season that has these movies. Returns the ids of both.
async fn add_collections(server: &Server, movies: &[Movie; 2]) -> [String; 2] {
    let add = async |collection: serde_json::Value| {
        let request = server.admin(Method::POST, paths::COLLECTIONS).json(&collection);
        let added: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        added["id"].as_str().unwrap().to_owned()
    };
    let series = add(json!({"title": "Series & <more>", "description": "All\nof it."})).await;
    let season = add(json!({"title": "Season 1", "parent": series})).await;
    let list = json!({"movies": [movies[0].id, movies[1].id]});
    let path = paths::collection_movies(season.parse().unwrap());
    let put = server.admin(Method::PUT, &path).json(&list).send().await.unwrap();
    assert_eq!(put.status(), 200);
    [series, season]
}

/// Replacements for text that differs between runs.
struct Redaction(Vec<(String, &'static str)>);

impl Redaction {
    async fn of(server: &Server, movies: &[Movie; 2]) -> Self {
        let page =
            server.anonymous(Method::GET, "/login").send().await.unwrap().text().await.unwrap();
        let (_, rest) = page.split_once("/assets/").unwrap();
        let assets = rest.split_once('/').unwrap().0.to_owned();
        let mut replacements = vec![
            (assets, "ASSETS"),
            (server.url(""), "http://SERVER"),
            (env!("CARGO_PKG_VERSION").to_owned(), "RELEASE"),
            (movies[0].id.to_string(), "MOVIE-1"),
            (movies[1].id.to_string(), "MOVIE-2"),
        ];
        let media = server.json(paths::MEDIA).await;
        let files = media["items"].as_array().unwrap().iter();
        let times: Vec<&str> = files.map(|file| file["created_at"].as_str().unwrap()).collect();
        replacements.extend(times.iter().map(|time| ((*time).to_owned(), "CREATED")));
        let day = |time: &&str| {
            let time: jiff::Timestamp = time.parse().unwrap();
            time.strftime("%-d %B %Y").to_string()
        };
        replacements.extend(times.iter().map(|time| (day(time), "DAY")));
        Self(replacements)
    }

    fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

/// Creates a signed link to a media file. Returns the path of its page.
async fn add_link(server: &Server, redaction: &mut Redaction) -> String {
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24);
    let link = json!({ "media": "boot.mp4", "expires_at": end });
    let link = server.admin(Method::POST, paths::LINKS).json(&link).send().await.unwrap();
    let link: ginflix_api::link::Link = link.json().await.unwrap();
    let query = link.path.split_once('?').unwrap().1;
    redaction.0.extend([
        (query.replace('&', "&#38;"), "QUERY"),
        (link.expires_at.to_string(), "END"),
        (link.expires_at.strftime("%-d %B %Y").to_string(), "LAST-DAY"),
    ]);
    link.page_path
}

#[tokio::test]
async fn pages_match_their_snapshots() {
    // A server of its own, because the lists of the home page may be a moment old.
    let fresh = Server::start();
    let response = fresh.anonymous(Method::GET, "/").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let empty = response.text().await.unwrap();
    drop(fresh);
    let server = Server::start();
    server.put_media("boot.mp4", noise(2_000_000, 1)).await;
    server.put_media("plain.mp4", noise(1000, 2)).await;
    let movies = [add_full_movie(&server).await, server.add_movie("Plain", "plain.mp4").await];
    let collections = add_collections(&server, &movies).await;
    let mut redaction = Redaction::of(&server, &movies).await;
    redaction.0.extend([
        (collections[0].clone(), "COLLECTION-1"),
        (collections[1].clone(), "COLLECTION-2"),
    ]);
    insta::assert_snapshot!("home_empty", redaction.apply(&empty));
    let link = add_link(&server, &mut redaction).await;
    for (name, path, status) in [
        ("home", "/", 200),
        ("catalogue", "/movies", 200),
        ("catalogue_genre", "/movies?genre=War&sort=title", 200),
        ("collections", "/collections", 200),
        ("search", "/search?q=boot", 200),
        ("search_nothing", "/search?q=zzzz", 200),
        ("movie", &format!("/movies/{}", movies[0].id), 200),
        ("movie_plain", &format!("/movies/{}", movies[1].id), 200),
        ("collection", &format!("/collections/{}", collections[0]), 200),
        ("collection_part", &format!("/collections/{}", collections[1]), 200),
        ("link", link.as_str(), 200),
        ("link_broken", "/watch/boot.mp4?expires=1", 403),
        ("login", "/login?next=/admin", 200),
        ("not_found", "/nowhere", 404),
    ] {
        let response = server.anonymous(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        insta::assert_snapshot!(name, redaction.apply(&response.text().await.unwrap()));
    }
    for (name, path) in [
        ("admin_movies", "/admin".to_owned()),
        ("admin_movie_new", "/admin/movies/new?media=plain.mp4&title=A".to_owned()),
        ("admin_movie_edit", format!("/admin/movies/{}", movies[0].id)),
        ("admin_media", "/admin/media".to_owned()),
    ] {
        let response = server.admin(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        insta::assert_snapshot!(name, redaction.apply(&response.text().await.unwrap()));
    }
}

#[tokio::test]
async fn an_embedded_player_and_its_movie_match_their_snapshots() {
    let flags = ["--embed-origins", "https://a.example", "--downloads", "all"];
    let server = Server::start_with(&flags);
    server.put_media("boot.mp4", noise(2_000_000, 1)).await;
    server.put_media("plain.mp4", noise(1000, 2)).await;
    let movies = [add_full_movie(&server).await, server.add_movie("Plain", "plain.mp4").await];
    let mut redaction = Redaction::of(&server, &movies).await;
    let encoded = server.url("").replace(':', "%3A").replace('/', "%2F");
    redaction.0.push((encoded, "SERVER-ENCODED"));
    for (name, path) in [("embed", "/embed/movies"), ("movie_embeddable", "/movies")] {
        let path = format!("{path}/{}", movies[0].id);
        let response = server.anonymous(Method::GET, &path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        insta::assert_snapshot!(name, redaction.apply(&response.text().await.unwrap()));
    }
}

#[tokio::test]
async fn a_large_catalogue_has_rows_on_the_home_page() {
    let server = Server::start();
    server.put_media("plain.mp4", noise(1000, 2)).await;
    for n in 0..14 {
        let genre = if n < 2 { "Rare" } else { "Drama & <more>" };
        let movie = json!({
            "title": format!("Movie {n}"), "media": "plain.mp4", "genres": [genre],
            "description": if n == 3 { "About it." } else { "" },
        });
        let added = server.admin(Method::POST, paths::MOVIES).json(&movie).send().await.unwrap();
        assert_eq!(added.status(), 201);
    }
    let page = server.anonymous(Method::GET, "/").send().await.unwrap().text().await.unwrap();
    let texts = |start: &str, end: &str| -> Vec<String> {
        let parts = page.split(start).skip(1).filter_map(|rest| rest.split_once(end));
        parts.map(|(text, _)| text.to_owned()).collect()
    };
    // Nobody viewed a movie, and a genre with two of them has no row.
    assert_eq!(texts("<section class=\"row\" aria-labelledby=\"", "\""), ["newest", "genre-0"]);
    let whole = ["/movies", "/movies?genre=Drama%20%26%20%3Cmore%3E"];
    assert_eq!(texts("class=\"whole\" href=\"", "\""), whole);
    assert_eq!(texts("<span class=\"card-title\" dir=\"auto\">", "<").len(), 24);
    // The only one with a description, although it is not the newest.
    assert_eq!(texts("Play<span class=\"hidden\">", "<"), [": Movie 3"]);
    assert!(page.contains("?play=1\""), "{page}");
}

#[tokio::test]
async fn the_lists_have_moved_from_the_home_page() {
    let server = Server::start();
    for (old, new) in [
        ("/?genre=War&sort=title", "/movies?genre=War&sort=title"),
        ("/?q=a%26b", "/search?q=a%26b"),
        ("/?year=1999&cursor=x", "/movies?year=1999&cursor=x"),
        ("/search", "/movies"),
        ("/search?q=+&sort=views", "/movies?sort=views"),
        ("/movies?q=a&genre=B", "/search?q=a&genre=B"),
    ] {
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let response = client.build().unwrap().get(server.url(old)).send().await.unwrap();
        assert_eq!(response.status(), 301, "{old}");
        assert_eq!(response.headers()["location"], new, "{old}");
    }
    for kept in ["/", "/?utm_source=mail&q=", "/movies", "/search?q=x"] {
        let response = server.anonymous(Method::GET, kept).send().await.unwrap();
        assert_eq!(response.status(), 200, "{kept}");
        assert_eq!(response.url().as_str(), server.url(kept));
    }
}
