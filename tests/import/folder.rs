//! What becomes of a folder.

use ginflix_api::movie::Episode;
use ginflix_tests::http::sha256;
use ginflix_tests::library::{Library, picture};
use ginflix_tests::pictures::size_of_webp;
use reqwest::Method;
use serde_json::json;

use super::{User, count};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_becomes_movies() {
    let user = User::with(3, 12);
    let reports = user.import();
    assert_eq!(count(&reports, "state", "uploaded"), 15);
    assert_eq!(count(&reports, "movie", "added"), 15);
    let posters = reports.iter().filter(|report| report["new_poster"] == true).count();
    let subtitles: u64 = reports.iter().filter_map(|r| r["new_subtitles"].as_u64()).sum();
    assert_eq!((posters, subtitles), (3, 3));
    let left_out: Vec<_> = reports.iter().filter(|r| r["state"] == "skipped").collect();
    assert_eq!(left_out.len(), 3);
    assert!(left_out[0]["error"].as_str().unwrap().contains("extra"), "{}", left_out[0]);

    let movie = user.movie("The movie 0002");
    assert_eq!((movie.year, movie.description.as_str()), (Some(1902), "Plot"));
    assert_eq!((movie.genres, movie.episode), (vec!["Drama".to_owned()], None));
    let path = movie.poster_path.unwrap();
    assert!(path.contains(&sha256(&picture(2))[..16]), "{path}");
    let poster = user.server.anonymous(Method::GET, &path).send().await.unwrap();
    assert_eq!(size_of_webp(&poster.bytes().await.unwrap()), (2, 3));
    let subtitles = user.json(&["subtitles", "list", movie.media.as_str()]);
    assert_eq!(subtitles[0]["language"], "en", "{subtitles}");
    let episode = user.movie("Series 000 S02E02 Part").episode;
    let place = Episode { series: Some("Series 000".into()), season: Some(2), number: Some(2) };
    assert_eq!(episode, Some(place));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_shows_what_would_become_what() {
    let user = User::with(1, 1);
    let root = user.library.root().display().to_string();
    let planned = user.json(&["upload", &root, "--add", "--dry-run"]);
    let files = planned["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    assert_eq!(files[0]["movie"]["title"], "The movie 0000");
    assert_eq!(files[0]["movie"]["year"], 1900);
    assert!(files[0]["poster"].as_str().unwrap().ends_with("poster.png"));
    assert_eq!(files[0]["subtitles"].as_array().map(Vec::len), Some(1));
    assert_eq!(files[1]["movie"]["episode"]["number"], 1);
    assert_eq!(planned["skipped"].as_array().map(Vec::len), Some(1));
    assert_eq!(user.json(&["media", "list"]), json!([]));
    let table = user.run(&["upload", &root, "--add", "--dry-run"]).expect_success();
    assert!(table.stdout.contains("The movie 0000 (1900)"), "{table:?}");
    assert!(table.stderr.contains("2 files would be uploaded, 1 left out"), "{table:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_the_same_name_do_not_collide() {
    let user = User::with(0, 0);
    for path in ["A/movie.mp4", "B/movie.mp4", "S/Season 1/01.mp4", "S/Season 2/01.mp4"] {
        user.library.write_media(path);
    }
    let reports = user.import();
    let names: Vec<&str> = reports.iter().filter_map(|report| report["name"].as_str()).collect();
    let expected =
        ["A - movie.mp4", "B - movie.mp4", "S - Season 1 - 01.mp4", "S - Season 2 - 01.mp4"];
    assert_eq!(names, expected);
    let titles: Vec<String> = user.movies().into_iter().map(|movie| movie.title).collect();
    assert_eq!(titles, ["A", "B", "S S01E01", "S S02E01"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_replaced_on_request_only() {
    let user = User::with(1, 0);
    user.import();
    let (folder, name) = Library::movie(0);
    let file = format!("{folder}/{name}.mp4");
    user.library.write(&file, user.library.media("another cut of the movie"));
    let root = user.library.root().display().to_string();
    user.run(&["upload", &root, "--add"]).expect_stderr("--replace");
    let replaced = user.json(&["upload", &root, "--add", "--replace"]);
    assert_eq!(replaced[0]["state"], "uploaded");
    assert_eq!(user.movies().len(), 1);
}

#[test]
fn details_are_for_single_files() {
    let user = User::with(1, 0);
    let root = user.library.root().display().to_string();
    for flags in [["--title", "A"], ["--name", "a.mp4"]] {
        let args = [&["upload", &root, "--add"], &flags[..]].concat();
        user.run(&args).expect_failure(2).expect_stderr("single file");
    }
}
