//! `ginflix collection` with a cluster of this machine, and the HTTP requests behind it.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use ginflix_api::movie::MovieId;
use ginflix_api::paths;
use ginflix_tests::cli::Cli;
use ginflix_tests::http::noise;
use ginflix_tests::server::Server;
use reqwest::Method;
use serde_json::{Value, json};

/// Creates a user whose cluster has these movies.
fn with_movies(titles: &[&str]) -> Cli {
    let cli = Cli::new();
    cli.up();
    let file = cli.file("film.bin", [7; 1000]);
    let upload = ["upload", file.to_str().unwrap(), "--name", "film.mp4", "--any-type"];
    cli.run(&[&upload, ["--accept-damaged"].as_slice()].concat()).expect_success();
    for title in titles {
        let add = ["movie", "add", "--media", "film.mp4", "--title", title];
        cli.run(&add).expect_success();
    }
    cli
}

fn titles(collection: &Value) -> Vec<&str> {
    let movies = collection["movies"].as_array().unwrap();
    movies.iter().map(|movie| movie["title"].as_str().unwrap()).collect()
}

#[test]
fn a_collection_is_added_filled_changed_and_removed() {
    let cli = with_movies(&["One", "Two", "Three"]);
    let series = cli.json(&["collection", "add", "Series", "--description", "All of it."]);
    assert!(series["url"].as_str().unwrap().contains("/collections/"), "{series}");
    cli.json(&["collection", "add", "Season 1", "--in", "Series"]);
    let put = cli.json(&["collection", "put", "season 1", "Two", "One"]);
    assert_eq!((titles(&put), &put["parent_title"]), (vec!["Two", "One"], &json!("Series")));
    let appended = cli.json(&["collection", "put", "Season 1", "--append", "Three", "Two"]);
    assert_eq!(titles(&appended), ["Two", "One", "Three"]);
    let shown = cli.run(&["collection", "show", "Season 1"]).expect_success();
    assert!(shown.stdout.contains("Three") && shown.stdout.contains("Series"), "{shown:?}");
    let listed = cli.run(&["collection", "list"]).expect_success();
    assert!(listed.stdout.contains("Season 1"), "{listed:?}");
    let edited = cli.json(&["collection", "edit", "Season 1", "--title", "Course", "--not-in"]);
    assert_eq!((&edited["title"], &edited["parent"]), (&json!("Course"), &Value::Null));
    assert_eq!(titles(&cli.json(&["collection", "put", "Course", "--none"])), [""; 0]);
    cli.run(&["collection", "remove", "Course"]).expect_failure(2).expect_stderr("Course");
    cli.run(&["collection", "remove", "Course", "--yes"]).expect_success();
    cli.run(&["collection", "show", "Course"]).expect_failure(3);
    assert_eq!(cli.json(&["movie", "list"]).as_array().unwrap().len(), 3);
}

#[test]
fn a_wrong_collection_is_refused_with_the_reason() {
    let cli = with_movies(&["One"]);
    for (title, parent) in [("Series", None), ("Season 1", Some("Series"))] {
        let place = parent.map_or(vec![], |parent| vec!["--in", parent]);
        cli.run(&[&["collection", "add", title], place.as_slice()].concat()).expect_success();
    }
    cli.run(&["collection", "add", " "]).expect_failure(1).expect_stderr("title");
    let third = ["collection", "add", "Part 1", "--in", "Season 1"];
    cli.run(&third).expect_failure(5).expect_stderr("two levels");
    cli.run(&["collection", "edit", "Series", "--in", "Series"]).expect_failure(1);
    cli.run(&["collection", "edit", "Series"]).expect_failure(2).expect_stderr("no change");
    cli.run(&["collection", "put", "Series", "None"]).expect_failure(3).expect_stderr("None");
    cli.run(&["collection", "put", "Series"]).expect_failure(2);
}

#[tokio::test]
async fn a_list_that_somebody_changed_is_not_overwritten() {
    let server = Server::start();
    server.put_media("film.mp4", noise(1000, 1)).await;
    let movies = [
        server.add_movie("One", "film.mp4").await.id,
        server.add_movie("Two", "film.mp4").await.id,
    ];
    let added = server.admin(Method::POST, paths::COLLECTIONS).json(&json!({"title": "Course"}));
    let added = added.send().await.unwrap();
    assert_eq!(added.status(), 201);
    let path = added.headers()["location"].to_str().unwrap().to_owned();
    let put = async |version: &str, body: Value| {
        let request = server.admin(Method::PUT, &format!("{path}/movies"));
        request.header("if-match", version).json(&body).send().await.unwrap()
    };
    assert_eq!(put("\"1\"", json!({"movies": movies})).await.status(), 200);
    assert_eq!(put("\"1\"", json!({"movies": []})).await.status(), 412);
    let twice = put("\"2\"", json!({"movies": [movies[0], movies[0]]})).await;
    assert_eq!(twice.status(), 400);
    let shown = server.anonymous(Method::GET, &path).send().await.unwrap();
    let tag = shown.headers()["etag"].to_str().unwrap().to_owned();
    let shown: Value = shown.json().await.unwrap();
    assert_eq!(titles(&shown), ["One", "Two"]);
    let again = server.anonymous(Method::GET, &path).header("if-none-match", &tag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    let of_movie = server.json(&paths::collections_of_movie(movies[1])).await;
    let found = &of_movie["items"][0];
    assert_eq!((&found["previous"], &found["position"]), (&json!(movies[0]), &json!(2)));
    let unknown = server.admin(Method::GET, &paths::collections_of_movie(MovieId::new()));
    assert_eq!(unknown.send().await.unwrap().status(), 404);
    let refused = server.anonymous(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let audit = server.json(paths::AUDIT).await;
    assert_eq!(audit["items"][0]["action"], json!("collections.set_movies"));
}
