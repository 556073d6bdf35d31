//! The languages of the pages: chosen by the browser or by the switch, and kept apart by caches.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::movie::Movie;
use ginflix_api::paths;
use ginflix_tests::http::{header, noise};
use ginflix_tests::server::{Server, forbid_in_logs};
use reqwest::{Method, Response};
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Gets a page as an administrator with these header fields.
async fn get(server: &Server, path: &str, fields: &[(&str, &str)]) -> Response {
    let add = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| {
        request.header(*name, *value)
    };
    fields.iter().fold(server.admin(Method::GET, path), add).send().await.unwrap()
}

#[tokio::test]
async fn pages_are_in_the_language_of_the_browser() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1_400_000, 1)).await;
    server.add_movie("A film", "film.mp4").await;
    for (accepted, tag, heading, size) in [
        ("", "en", "Files and uploads", "1.4 MB"),
        ("en-US,en;q=0.5", "en", "Files and uploads", "1.4 MB"),
        ("de-AT, en;q=0.5", "de", "Dateien und Uploads", "1,4\u{a0}MB"),
        ("es, fr-CA;q=0.9, de;q=0.8", "fr", "Fichiers et envois", "1,4\u{a0}Mo"),
        ("ja", "en", "Files and uploads", "1.4 MB"),
    ] {
        let page = get(&server, "/admin/media", &[("accept-language", accepted)]).await;
        assert_eq!(header(&page, "content-language"), tag, "{accepted}");
        let vary = header(&page, "vary").to_lowercase();
        assert!(vary.contains("accept-language") && vary.contains("cookie"), "{vary}");
        let text = page.text().await.unwrap();
        assert!(text.contains(&format!("<html lang=\"{tag}\">")), "{accepted}");
        assert!(text.contains(&format!("<h1>{heading}</h1>")), "{accepted}: {text}");
        assert!(text.contains(size), "{accepted}: {text}");
    }
}

#[tokio::test]
async fn the_page_of_a_movie_is_in_the_language_of_the_browser() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1_000, 1)).await;
    let movie = server.add_movie("A film", "film.mp4").await;
    for (accepted, views, keys) in [
        ("en", "0 views", "<kbd>Space</kbd>"),
        ("de", "0 Aufrufe", "<kbd>Leertaste</kbd>"),
        ("fr", "0 vue", "<kbd>Espace</kbd>"),
    ] {
        let path = format!("/movies/{}", movie.id);
        let page = get(&server, &path, &[("accept-language", accepted)]).await;
        let text = page.text().await.unwrap();
        assert!(text.contains(&format!(">{views}</span>")), "{accepted}: {text}");
        assert!(text.contains(keys), "{accepted}: {text}");
    }
}

/// Adds two movies of 1999, in a collection. Returns the first movie, and the id of the collection.
async fn add_collection(server: &Server) -> (Movie, String) {
    server.put_media("film.mp4", noise(1_000, 1)).await;
    let mut movies: Vec<Movie> = Vec::new();
    for title in ["One", "Two"] {
        let movie =
            json!({ "title": title, "year": 1999, "genres": ["Drama"], "media": "film.mp4" });
        let added = server.admin(Method::POST, paths::MOVIES).json(&movie).send().await.unwrap();
        assert_eq!(added.status(), 201);
        movies.push(added.json().await.unwrap());
    }
    let request = server.admin(Method::POST, paths::COLLECTIONS).json(&json!({ "title": "Both" }));
    let added: Value = request.send().await.unwrap().json().await.unwrap();
    let id = added["id"].as_str().unwrap().to_owned();
    let list = json!({ "movies": [movies[0].id, movies[1].id] });
    let path = paths::collection_movies(id.parse().unwrap());
    let put = server.admin(Method::PUT, &path).json(&list).send().await.unwrap();
    assert_eq!(put.status(), 200);
    (movies.swap_remove(0), id)
}

/// Adds an account.
async fn add_user(server: &Server, name: &str) {
    let user = json!({ "name": name, "role": "viewer", "password": PASSWORD });
    let added = server.admin(Method::POST, paths::USERS).json(&user).send().await.unwrap();
    assert_eq!(added.status(), 201);
}

/// Logs in. Returns the token of the session, and the cookies beside that of the session, as a browser sends them back.
async fn log_in(server: &Server, name: &str) -> (String, String) {
    let login = json!({ "name": name, "password": PASSWORD });
    let request = server.anonymous(Method::POST, paths::SESSION).json(&login);
    let response = request.header("user-agent", FIREFOX).send().await.unwrap();
    let set = response.headers().get_all("set-cookie").iter();
    let pair = |line: &str| line.split(';').next().unwrap().to_owned();
    let cookies: Vec<String> = set.map(|line| pair(line.to_str().unwrap())).collect();
    let (session, others) = cookies.split_first().unwrap();
    assert!(session.starts_with("ginflix_session="));
    let others = others.join("; ");
    let logged_in: Value = response.json().await.unwrap();
    let token = logged_in["token"].as_str().unwrap().to_owned();
    forbid_in_logs(&token);
    (token, others)
}

/// Posts the form of a switch, which returns to `/`.
async fn choose(server: &Server, path: &str, form: &'static str, token: &str) {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let request = client.build().unwrap().post(server.url(path)).bearer_auth(token);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let chosen = request.body(form).send().await.unwrap();
    assert_eq!(chosen.status(), 303, "{form}");
    assert_eq!(header(&chosen, "location"), "/");
}

#[tokio::test]
async fn the_pages_of_viewers_are_in_the_language_of_the_browser() {
    let server = Server::start();
    let (movie, collection) = add_collection(&server).await;
    add_user(&server, "ann").await;
    let (token, _) = log_in(&server, "ann").await;
    let page_of_movie = format!("/movies/{}", movie.id);
    let page_of_collection = format!("/collections/{collection}");
    for (path, german, french) in [
        ("/", "<h2 id=\"all\">Alle Filme</h2>", "<h2 id=\"all\">Tous les films</h2>"),
        ("/movies", "<p id=\"count\" class=\"count\">2 Filme</p>", ">2 films</p>"),
        ("/movies", ">Meistgesehen</a>", ">Plus vus</a>"),
        ("/movies?year=1999", ">Filme aus dem Jahr 1999</h1>", ">Films de 1999</h1>"),
        ("/search?q=one", ">1 Film</p>", ">1 film</p>"),
        ("/search?q=one", "Ergebnisse für „one“", "Résultats pour «\u{a0}one\u{a0}»"),
        ("/search?q=zz", ">0 Filme</p>", ">0 film</p>"),
        ("/search?q=zz", "<title>zz · Suche · GinFlix", "<title>zz · Recherche · GinFlix"),
        (
            "/search?q=zz&genre=War",
            "Im Genre War passt kein Film zu „zz“.",
            "Aucun film du genre War ne correspond à «\u{a0}zz\u{a0}».",
        ),
        (
            "/movies?genre=War&year=1999",
            "Im Genre War gibt es keinen Film aus dem Jahr 1999.",
            "Il n’y a aucun film du genre War de 1999.",
        ),
        (
            "/collections",
            "<p class=\"count\">1 Sammlung</p>",
            "<p class=\"count\">1 collection</p>",
        ),
        (&page_of_collection, "<span>2 Filme</span>", "<span>2 films</span>"),
        (&page_of_movie, "Zu meiner Liste hinzufügen", "Ajouter à ma liste"),
        ("/history", "Noch nichts angesehen", "Aucun film regardé"),
        ("/list", "<h2>Die Liste ist leer</h2>", "<h2>Votre liste est vide</h2>"),
        ("/account", "Firefox unter Linux", "Firefox sur Linux"),
        ("/account", "Mindestens 10 Zeichen.", "Au moins 10 caractères."),
    ] {
        for (language, text) in [("de", german), ("fr", french)] {
            let request = server.anonymous(Method::GET, path).bearer_auth(&token);
            let response = request.header("accept-language", language).send().await.unwrap();
            assert_eq!(response.status(), 200, "{path}");
            let page = response.text().await.unwrap();
            assert!(page.contains(&format!("<html lang=\"{language}\">")), "{path} {language}");
            assert!(page.contains(text), "{path} {language}: no {text} in {page}");
        }
    }
}

#[tokio::test]
async fn an_empty_catalogue_is_in_the_language_of_the_browser() {
    let server = Server::start();
    for (language, heading) in [
        ("en", "There are no movies here yet"),
        ("de", "Hier gibt es noch keine Filme"),
        ("fr", "Il n’y a pas encore de films ici"),
    ] {
        for path in ["/", "/movies"] {
            let page = get(&server, path, &[("accept-language", language)]).await;
            let text = page.text().await.unwrap();
            assert!(text.contains(&format!("<h1>{heading}</h1>")), "{path} {language}: {text}");
        }
    }
}

#[tokio::test]
async fn the_cards_of_a_visitor_are_in_the_language_of_the_browser() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1_000, 1)).await;
    let movie = server.add_movie("A film", "film.mp4").await;
    for (language, label) in [
        ("en", "Remove A film from this row"),
        ("de", "„A film“ aus dieser Reihe entfernen"),
        ("fr", "Retirer «\u{a0}A film\u{a0}» de cette rangée"),
    ] {
        let path = format!("/continue?movies={}", movie.id);
        let cards = get(&server, &path, &[("accept-language", language)]).await;
        let text = cards.text().await.unwrap();
        assert!(text.contains(label), "{language}: {text}");
    }
}

#[tokio::test]
async fn an_error_is_in_the_language_of_the_browser() {
    let server = Server::start();
    for (accepted, heading) in
        [("en", "Page not found"), ("de", "Seite nicht gefunden"), ("fr", "Page introuvable")]
    {
        let page = get(&server, "/nothing", &[("accept-language", accepted)]).await;
        assert_eq!(page.status(), 404);
        assert_eq!(header(&page, "content-language"), accepted);
        assert!(page.text().await.unwrap().contains(&format!("<h1>{heading}</h1>")));
    }
}

#[tokio::test]
async fn the_switch_comes_before_the_browser() {
    let server = Server::start();
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let form = client.build().unwrap().post(server.url("/language"));
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    let chosen = form.body("language=de&next=%2Flogin%3Fnext%3D%252F").send().await.unwrap();
    assert_eq!(chosen.status(), 303);
    assert_eq!(header(&chosen, "location"), "/login?next=%2F");
    let cookie = header(&chosen, "set-cookie");
    assert!(cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let page = get(&server, "/login", &[("cookie", cookie), ("accept-language", "fr")]).await;
    assert_eq!(header(&page, "content-language"), "de");
    assert!(page.text().await.unwrap().contains("<h1>Anmelden</h1>"));
}

#[tokio::test]
async fn an_account_gets_its_language_and_its_theme_again() {
    let server = Server::start();
    for name in ["ann", "bob"] {
        add_user(&server, name).await;
    }
    let (token, cookies) = log_in(&server, "ann").await;
    assert_eq!(cookies, "");
    choose(&server, "/language", "language=fr", &token).await;
    choose(&server, "/theme", "theme=dark", &token).await;
    choose(&server, "/language", "language=de", &token).await;
    let (_, cookies) = log_in(&server, "ann").await;
    assert_eq!(cookies, "ginflix_language=de; ginflix_theme=dark");
    let page = get(&server, "/login", &[("cookie", &cookies), ("accept-language", "fr")]).await;
    let text = page.text().await.unwrap();
    assert!(text.contains("<html lang=\"de\" data-theme=\"dark\">"), "{text}");
    assert_eq!(log_in(&server, "bob").await.1, "");
}

#[tokio::test]
async fn a_choice_of_a_visitor_changes_no_account() {
    let server = Server::start();
    add_user(&server, "ann").await;
    let (token, _) = log_in(&server, "ann").await;
    choose(&server, "/theme", "theme=light", &token).await;
    // Another site cannot choose for the account: browsers say where a form comes from.
    let form = |fields: &[(&str, &str)]| {
        let request = server.anonymous(Method::POST, "/theme").body("theme=dark");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        fields.iter().fold(request, |request, (name, value)| request.header(*name, *value))
    };
    let session = format!("ginflix_session={token}");
    let foreign = form(&[("cookie", &session), ("sec-fetch-site", "cross-site")]).send().await;
    assert_eq!(foreign.unwrap().status(), 403);
    form(&[]).send().await.unwrap();
    form(&[("cookie", "ginflix_session=gfs_unknown")]).send().await.unwrap();
    assert_eq!(log_in(&server, "ann").await.1, "ginflix_theme=light");
}

#[tokio::test]
async fn a_page_in_another_language_is_another_page() {
    let server = Server::start();
    let english = get(&server, "/login", &[("accept-language", "en")]).await;
    let tag = header(&english, "etag");
    for (language, status) in [("en", 304), ("de", 200), ("fr", 200)] {
        let fields = [("accept-language", language), ("if-none-match", &tag)];
        let page = get(&server, "/login", &fields).await;
        assert_eq!(page.status(), status, "{language}");
        assert_ne!(header(&page, "etag") == tag, language != "en", "{language}");
        assert_eq!(header(&page, "vary"), header(&english, "vary"));
    }
}

#[tokio::test]
async fn scripts_get_the_messages_of_their_folder() {
    let server = Server::start();
    for (language, word) in
        [("en", "Choose the file"), ("de", "Datei auswählen"), ("fr", "Choisir")]
    {
        let page = get(&server, "/admin/media", &[("accept-language", language)]).await;
        let page = page.text().await.unwrap();
        let mut named = page.split('"').filter(|text| text.ends_with("/messages.js"));
        let url = named.next().unwrap();
        assert!(url.contains(&format!("-{language}/")), "{url}");
        let response = get(&server, url, &[]).await;
        assert!(header(&response, "content-type").starts_with("text/javascript"));
        let module = response.text().await.unwrap();
        assert!(module.contains(&format!("language = \"{language}\"")), "{module}");
        assert!(module.contains(word), "{module}");
    }
    // What an older page names is still there.
    for version in ["old", "old-fr", "old-xx", "-", "old-fr-de"] {
        let response = get(&server, &format!("/assets/{version}/messages.js"), &[]).await;
        assert_eq!(
            (response.status().as_u16(), header(&response, "cache-control").as_str()),
            (200, "no-cache")
        );
    }
}

#[tokio::test]
async fn messages_of_the_api_stay_english() {
    let server = Server::start();
    let mut messages = Vec::new();
    for language in ["en", "de"] {
        let fields = [("accept-language", language)];
        let response = get(&server, "/api/v1/movies?limit=x", &fields).await;
        assert!(!response.headers().contains_key("content-language"));
        let error: serde_json::Value = response.json().await.unwrap();
        messages.push(error["error"]["message"].as_str().unwrap().to_owned());
    }
    assert_eq!(messages[0], messages[1]);
}
