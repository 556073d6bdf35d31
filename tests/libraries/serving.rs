//! What becomes of the files of a library, and how they are served.

use ginflix_api::library::LibraryState;
use ginflix_tests::http::header;
use ginflix_tests::library::Library;
use reqwest::Method;
use serde_json::json;

use super::{World, count_files};

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_folder_become_movies_and_are_served_from_it() {
    let world = World::with(2, 3);
    let before = count_files(world.library.root());
    let library = world.add().await;
    assert_eq!((library.state, library.media, library.missing), (LibraryState::Ready, 5, 0));
    assert_eq!(library.left_out_count, 2, "{:?}", library.left_out);
    let movie = world.movie("The movie 0001").await;
    assert_eq!((movie.year, movie.description.as_str()), (Some(1901), "Plot"));
    assert!(movie.poster_path.is_some());
    let path = format!("/api/v1/media/{}/subtitles", movie.media);
    let subtitles = world.server.json(&path).await;
    assert_eq!(subtitles["items"][0]["language"], "en", "{subtitles}");
    let collections = world.server.json(ginflix_api::paths::COLLECTIONS).await;
    let found = &collections["items"];
    assert_eq!((&found[0]["title"], &found[0]["movie_count"]), (&json!("Season 1"), &json!(3)));
    assert_eq!(found[0]["parent_title"], "Series 000", "{collections}");

    let (folder, name) = Library::movie(1);
    let file = world.library.path(format!("{folder}/{name}.mp4"));
    let content = std::fs::read(&file).unwrap();
    assert_eq!(world.content(&movie).await, (200, content.clone()));
    let range = world.server.anonymous(Method::GET, &movie.stream_path);
    let range = range.header("range", "bytes=1000-1999").send().await.unwrap();
    assert_eq!(range.status(), 206);
    assert_eq!(range.bytes().await.unwrap(), content[1000..2000]);
    // Nothing was copied, and nothing was written to the folder.
    assert_eq!(count_files(&world.server.volume().join("media")), 0);
    assert_eq!(count_files(world.library.root()), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_a_library_plays_by_hls() {
    let world = World::with(1, 0);
    world.add().await;
    let movie = world.movie("The movie 0000").await;
    let master = format!("{}/hls/master.m3u8", movie.stream_path);
    let master = world.server.anonymous(Method::GET, &master).send().await.unwrap();
    assert_eq!(master.status(), 200);
    let text = master.text().await.unwrap();
    assert!(text.contains("TYPE=SUBTITLES") || text.contains("STREAM-INF"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entity_tag_changes_with_the_file() {
    let world = World::with(1, 0);
    world.add().await;
    let movie = world.movie("The movie 0000").await;
    let tag = async || {
        let response = world.server.anonymous(Method::HEAD, &movie.stream_path).send().await;
        header(&response.unwrap(), "etag")
    };
    let before = tag().await;
    assert_eq!(tag().await, before);
    let (folder, name) = Library::movie(0);
    let file = format!("{folder}/{name}.mp4");
    let changed = world.library.media("another cut");
    world.library.write(&file, &changed);
    assert_ne!(tag().await, before);
    assert_eq!(world.content(&movie).await, (200, changed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_is_served_after_a_restart() {
    let mut world = World::with(2, 0);
    world.add().await;
    let movie = world.movie("The movie 0001").await;
    let content = world.content(&movie).await;
    world.server.stop();
    world.server.start_again();
    assert_eq!(world.content(&movie).await, content);
    world.scanned("a scan after the start", |library| library.media == 2).await;
    assert_eq!(world.titles().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_of_a_library_cannot_be_replaced_or_removed() {
    let world = World::with(1, 0);
    world.add().await;
    let movie = world.movie("The movie 0000").await;
    let path = format!("/api/v1/media/{}", movie.media);
    let removal = world.server.admin(Method::DELETE, &format!("{path}?force=true"));
    let removal = removal.send().await.unwrap();
    assert_eq!(removal.status(), 409);
    let replace = ",replace dHJ1ZQ==";
    let upload = world.server.create_typed_upload(movie.media.as_str(), 10, replace);
    assert_eq!(upload.send().await.unwrap().status(), 409);
    assert_eq!(world.content(&movie).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_folders_that_the_machine_names_are_served() {
    let world = World::with(1, 0);
    let outside = world.folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    let (status, refused) = world.post("", json!({"path": outside})).await;
    assert_eq!(status, 400, "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("add a line"), "{refused}");
    for path in ["relative", "/no/such/folder"] {
        assert_eq!(world.post("", json!({"path": path})).await.0, 400, "{path}");
    }
    let added = world.add().await;
    let inside = world.library.path("Movies");
    assert_eq!(world.post("", json!({"path": inside})).await.0, 409);
    assert_eq!(world.library().await.id, added.id);
    let plain = ginflix_tests::server::Server::start();
    let refused = plain.admin(Method::POST, "/api/v1/libraries").json(&json!({"path": "/tmp"}));
    assert_eq!(refused.send().await.unwrap().status(), 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_no_longer_allowed_is_not_served() {
    let mut world = World::with(1, 0);
    world.add().await;
    let movie = world.movie("The movie 0000").await;
    std::fs::write(world.folder.path().join("roots"), "").unwrap();
    world.server.stop();
    world.server.start_again();
    let library = world.scanned("a look at the library", |_| true).await;
    assert_eq!(library.state, LibraryState::NotAllowed);
    assert_eq!(world.content(&movie).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_library_leaves_its_files() {
    let world = World::with(2, 0);
    let library = world.add().await;
    let movie = world.movie("The movie 0001").await;
    let before = count_files(world.library.root());
    let path = format!("/api/v1/libraries/{}", library.id);
    let removed = world.server.admin(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(removed.json::<serde_json::Value>().await.unwrap(), json!({"movies": 2}));
    assert_eq!(world.titles().await, Vec::<String>::new());
    assert_eq!(world.content(&movie).await.0, 404);
    assert_eq!(count_files(world.library.root()), before);
    // It can be added again.
    world.add().await;
    assert_eq!(world.titles().await.len(), 2);
}
