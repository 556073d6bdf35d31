//! A library that is imported again, after people changed what became of it.

use ginflix_api::movie::Movie;
use ginflix_tests::library::{Library, nfo, picture};
use reqwest::Method;
use serde_json::{Value, json};

use super::{User, count};

async fn send(user: &User, method: Method, path: &str, body: impl Into<reqwest::Body>) {
    let response = user.server.admin(method, path).body(body).send().await.unwrap();
    let status = response.status();
    assert!(status.is_success(), "{path}: {status} {}", response.text().await.unwrap());
}

async fn patch(user: &User, movie: &Movie, change: Value) {
    send(user, Method::PATCH, &format!("/api/v1/movies/{}", movie.id), change.to_string()).await;
}

fn poster_path(movie: &Movie) -> String {
    format!("/api/v1/movies/{}/poster", movie.id)
}

/// Changes movies by hand, each in another way. Returns the movies afterwards.
async fn change_by_hand(user: &User) -> Vec<Movie> {
    let movie = |number: usize| user.movie(&format!("The movie {number:04}"));
    patch(user, &movie(0), json!({"title": "By hand 0", "genres": []})).await;
    patch(user, &movie(1), json!({"description": "By hand", "year": null})).await;
    patch(user, &movie(2), json!({"episode": {"series": "By hand", "season": 1, "number": 1}}))
        .await;
    send(user, Method::PUT, &poster_path(&movie(3)), picture(1_000_000)).await;
    send(user, Method::DELETE, &poster_path(&movie(4)), "").await;
    send(user, Method::DELETE, &format!("/api/v1/movies/{}", movie(5).id), "").await;
    let media = movie(6).media;
    let listed = user.json(&["subtitles", "list", media.as_str()]);
    let id = listed[0]["id"].as_str().unwrap();
    send(user, Method::DELETE, &format!("/api/v1/media/{media}/subtitles/{id}"), "").await;
    let query = "file_name=x.srt&language=de";
    let added = "1\n00:00:01,000 --> 00:00:02,000\nVon Hand\n";
    let path = format!("/api/v1/media/{}/subtitles?{query}", movie(7).media);
    send(user, Method::POST, &path, added).await;
    user.movies()
}

/// Imports a library, changes it by hand, and imports it again.
async fn nothing_changed_by_hand_is_lost(movies: usize, episodes: usize) {
    let user = User::with(movies, episodes);
    let first = user.import();
    assert_eq!(count(&first, "movie", "added"), movies + episodes);
    let by_hand = change_by_hand(&user).await;
    let again = user.import();
    assert_eq!(count(&again, "state", "already_there"), movies + episodes);
    assert_eq!(count(&again, "movie", "unchanged"), movies + episodes - 1);
    assert_eq!(count(&again, "movie", "removed"), 1);
    assert_eq!(user.movies(), by_hand);
    let media = &user.movie("The movie 0006").media;
    assert_eq!(user.json(&["subtitles", "list", media.as_str()]), json!([]));
    let media = &user.movie("The movie 0007").media;
    let languages = user.json(&["subtitles", "list", media.as_str()]);
    let languages: Vec<&Value> =
        languages.as_array().unwrap().iter().map(|subtitles| &subtitles["language"]).collect();
    assert_eq!(languages, ["en", "de"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_changed_by_hand_is_lost_in_a_small_library() {
    nothing_changed_by_hand_is_lost(20, 20).await;
}

/// `make bench-import` runs it, and keeps how long it takes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn nothing_changed_by_hand_is_lost_among_2000_files() {
    nothing_changed_by_hand_is_lost(1_000, 1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_details_reach_what_nobody_changed() {
    let user = User::with(2, 0);
    user.import();
    let movie = user.movie("The movie 0000");
    patch(&user, &movie, json!({"title": "By hand"})).await;
    let (folder, name) = Library::movie(0);
    user.library.write(format!("{folder}/movie.nfo"), nfo("New", "A new plot"));
    user.library.write(format!("{folder}/poster.png"), picture(77));
    let subtitles = "1\n00:00:01,000 --> 00:00:02,000\nCorrected\n";
    user.library.write(format!("{folder}/{name}.en.srt"), subtitles);
    let again = user.import();
    assert_eq!(count(&again, "movie", "updated"), 1);
    assert_eq!(again[0]["new_poster"], true);
    assert_eq!(again[0]["new_subtitles"], 1);
    let changed = user.movie("By hand");
    assert_eq!(changed.description, "A new plot");
    assert_ne!(changed.poster_path, movie.poster_path);
    assert_eq!(user.movies().len(), 2);
}
