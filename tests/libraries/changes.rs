//! What changes in a library while the server runs, and what people change of its movies.

use std::fs;

use ginflix_api::library::LibraryState;
use ginflix_tests::library::{Library, nfo};
use reqwest::Method;
use serde_json::json;

use super::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_becomes_a_movie() {
    let world = World::with(1, 0);
    world.add().await;
    world.library.write_media("New/New movie (2020).mp4");
    let movie = world.movie("New movie").await;
    assert_eq!(movie.year, Some(2020));
    assert_eq!(world.content(&movie).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_file_stays_the_same_movie() {
    let world = World::with(2, 0);
    world.add().await;
    let movie = world.movie("The movie 0001").await;
    let patch = json!({"title": "By hand"});
    let path = format!("/api/v1/movies/{}", movie.id);
    world.server.admin(Method::PATCH, &path).json(&patch).send().await.unwrap();
    let (folder, _) = Library::movie(1);
    fs::create_dir(world.library.path("Moved")).unwrap();
    fs::rename(world.library.path(&folder), world.library.path("Moved/here")).unwrap();
    let library = world.scan().await;
    assert_eq!((library.media, library.missing), (2, 0));
    let moved = world.movie("By hand").await;
    assert_eq!((moved.id, moved.media), (movie.id, movie.media));
    assert_eq!(world.titles().await.len(), 2);
    assert_eq!(world.content(&world.movie("By hand").await).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vanished_file_is_marked_and_found_again() {
    let world = World::with(2, 0);
    world.add().await;
    let movie = world.movie("The movie 0001").await;
    let (folder, name) = Library::movie(1);
    let file = world.library.path(format!("{folder}/{name}.mp4"));
    let aside = world.folder.path().join("aside.mp4");
    fs::rename(&file, &aside).unwrap();
    world.scanned("a missing file", |library| library.missing == 1).await;
    let missing = world.movie("The movie 0001").await;
    assert_eq!((missing.id, missing.content_type), (movie.id, None));
    assert_eq!(world.content(&movie).await.0, 404);
    // Nobody gave it a title by hand, so it has that of the new name.
    fs::rename(&aside, world.library.path("Movies/Another name.mp4")).unwrap();
    let found = world.movie("Another name").await;
    assert!(found.content_type.is_some());
    assert_eq!(world.library().await.missing, 0);
    assert_eq!((found.id, &found.media), (movie.id, &movie.media));
    assert_eq!(world.content(&found).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_disappears_and_returns_keeps_its_movies() {
    let world = World::with(3, 0);
    world.add().await;
    let before = world.movie("The movie 0002").await;
    let aside = world.folder.path().join("aside");
    fs::rename(world.library.root(), &aside).unwrap();
    let lost = world.scanned("a missing folder", |library| library.missing == 3).await;
    assert_eq!(lost.state, LibraryState::Unavailable);
    assert_eq!(world.content(&before).await.0, 404);
    assert_eq!(world.titles().await.len(), 3);
    fs::rename(&aside, world.library.root()).unwrap();
    let back = world.scanned("the folder again", |library| library.missing == 0).await;
    assert_eq!((back.state, back.media), (LibraryState::Ready, 3));
    assert_eq!(world.movie("The movie 0002").await, before);
    assert_eq!(world.content(&before).await.0, 200);
    // It is watched again, too.
    world.library.write_media("New/New movie (2020).mp4");
    world.movie("New movie").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_changed_stays() {
    let world = World::with(3, 0);
    world.add().await;
    let by_hand = world.movie("The movie 0000").await;
    let path = format!("/api/v1/movies/{}", by_hand.id);
    let patch = json!({"title": "By hand", "genres": []});
    world.server.admin(Method::PATCH, &path).json(&patch).send().await.unwrap();
    let removed = world.movie("The movie 0001").await;
    let path = format!("/api/v1/movies/{}", removed.id);
    assert_eq!(world.server.admin(Method::DELETE, &path).send().await.unwrap().status(), 204);
    for number in 0..3 {
        let (folder, _) = Library::movie(number);
        let title = format!("New title {number}");
        world.library.write(format!("{folder}/movie.nfo"), nfo(&title, "New plot"));
    }
    world.library.age();
    world.scan().await;
    assert_eq!(world.movie("New title 2").await.description, "New plot");
    let kept = world.movie_that("By hand", |movie| movie.description == "New plot").await;
    assert!(kept.genres.is_empty());
    assert_eq!(world.titles().await, ["By hand", "New title 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_movie_whose_file_is_gone_for_good_can_be_removed() {
    let world = World::with(1, 0);
    world.add().await;
    let movie = world.movie("The movie 0000").await;
    let (folder, _) = Library::movie(0);
    fs::remove_dir_all(world.library.path(folder)).unwrap();
    world.scanned("a missing file", |library| library.missing == 1).await;
    let path = format!("/api/v1/media/{}?force=true", movie.media);
    assert_eq!(world.server.admin(Method::DELETE, &path).send().await.unwrap().status(), 204);
    assert_eq!(world.library().await.missing, 0);
}
