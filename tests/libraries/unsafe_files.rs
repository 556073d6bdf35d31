//! Links that lead out of a library, files that cannot be read, and names of any bytes.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use ginflix_tests::library::Library;
use ginflix_tests::pictures;
use ginflix_tests::server::Server;
use reqwest::Method;

use super::World;

#[tokio::test(flavor = "multi_thread")]
async fn links_out_of_the_library_and_unreadable_files_are_left_out() {
    let volume = tempfile::tempdir().unwrap();
    let start = |flags: &[&str]| Server::start_without_capabilities(volume.path(), flags);
    let world = World::start(1, 0, start);
    let outside = world.folder.path().join("outside.mp4");
    fs::write(&outside, world.library.media("secret")).unwrap();
    symlink(&outside, world.library.path("Link (2003).mp4")).unwrap();
    symlink(world.folder.path(), world.library.path("Folder")).unwrap();
    world.library.write_media("Unreadable (2002).mp4");
    let unreadable = world.library.path("Unreadable (2002).mp4");
    fs::set_permissions(unreadable, fs::Permissions::from_mode(0o0)).unwrap();
    world.library.write("Text (2004).mp4", "this is no video");
    world.library.age();
    let library = world.add().await;
    assert_eq!(library.media, 1);
    let reason = |path: &str| {
        let found = library.left_out.iter().find(|left_out| left_out.path == path);
        found.unwrap_or_else(|| panic!("{path}: {:?}", library.left_out)).reason.clone()
    };
    assert!(reason("Link (2003).mp4").contains("leads to no file within the folder"));
    assert!(reason("Folder").contains("symbolic link"));
    assert!(reason("Unreadable (2002).mp4").contains("cannot be read"));
    assert!(reason("Text (2004).mp4").contains("no video"));
    assert_eq!(world.titles().await, ["The movie 0000"]);
    let text = world.server.anonymous(Method::GET, "/stream/Text%20%282004%29.mp4").send().await;
    assert_eq!(text.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_video_any_more_is_not_served() {
    let world = World::with(1, 0);
    world.add().await;
    let movie = world.movie("The movie 0000").await;
    let (folder, name) = Library::movie(0);
    world.library.write(format!("{folder}/{name}.mp4"), "a secret text");
    world.library.age();
    for _ in 0..2 {
        let library = world.scan().await;
        assert_eq!((library.media, library.missing), (0, 1));
        assert_eq!(world.content(&movie).await.0, 404);
    }
    world.library.write_media(format!("{folder}/{name}.mp4"));
    world.library.age();
    assert_eq!(world.scan().await.media, 1);
    assert_eq!(world.content(&movie).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_becomes_a_link_out_of_the_library_is_not_served() {
    let world = World::with(2, 0);
    world.add().await;
    let movie = world.movie("The movie 0001").await;
    assert_eq!(world.content(&movie).await.0, 200);
    let secret = world.folder.path().join("secret.mp4");
    fs::write(&secret, world.library.media("secret")).unwrap();
    let (folder, name) = Library::movie(1);
    let file = world.library.path(format!("{folder}/{name}.mp4"));
    fs::remove_file(&file).unwrap();
    symlink(&secret, &file).unwrap();
    assert_eq!(world.content(&movie).await.0, 404);
    // So is a folder.
    let movie = world.movie("The movie 0000").await;
    assert_eq!(world.content(&movie).await.0, 200);
    let (folder, name) = Library::movie(0);
    fs::rename(&secret, world.folder.path().join(format!("{name}.mp4"))).unwrap();
    fs::remove_dir_all(world.library.path(&folder)).unwrap();
    symlink(world.folder.path(), world.library.path(&folder)).unwrap();
    assert_eq!(world.content(&movie).await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_within_the_library_is_served() {
    let world = World::with(0, 0);
    world.library.write_media(".hidden/file.mp4");
    symlink(".hidden/file.mp4", world.library.path("Link (2001).mp4")).unwrap();
    world.library.age();
    world.add().await;
    let movie = world.movie("Link").await;
    assert_eq!(world.content(&movie).await, (200, world.library.media(".hidden/file.mp4")));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_any_bytes_are_served() {
    let world = World::with(0, 0);
    let names: [&[u8]; 3] =
        [b"two\nlines (2001).mp4", b"c\xe9 (2002).mp4", b"right\xe2\x80\xae4pm (2003).mp4"];
    for name in names {
        world.library.write_media(OsStr::from_bytes(name));
    }
    world.library.age();
    world.add().await;
    assert_eq!(world.titles().await, ["c\u{fffd}", "right4pm", "two lines"]);
    for title in ["c\u{fffd}", "right4pm", "two lines"] {
        assert_eq!(world.content(&world.movie(title).await).await.0, 200, "{title}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_on_the_volume_does_not_hide_that_of_a_library() {
    let world = World::with(1, 0);
    world.add().await;
    let movie = world.movie("The movie 0000").await;
    let content = world.content(&movie).await;
    let intruder = world.server.volume().join("media").join(movie.media.as_str());
    fs::write(intruder, world.library.media("another file")).unwrap();
    assert_eq!(world.content(&movie).await, content);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poster_that_is_cut_short_is_left_out_and_its_movie_is_not() {
    let world = World::with(2, 0);
    let (folder, _) = Library::movie(0);
    let poster = pictures::photo(100, 150, 1);
    world.library.write(format!("{folder}/poster.png"), &poster[..poster.len() / 2]);
    world.library.age();
    let library = world.add().await;
    let reasons: Vec<_> = library.left_out.iter().map(|left_out| &left_out.reason).collect();
    assert!(reasons.iter().any(|reason| reason.contains("cut short or broken")), "{reasons:?}");
    assert_eq!(world.movie("The movie 0000").await.poster_path, None);
    assert!(world.movie("The movie 0001").await.poster_path.is_some());
}
