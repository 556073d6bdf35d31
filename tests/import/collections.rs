//! The collections that folders fill: those of series and seasons, and the one of `--collection`.

use ginflix_tests::cli::Outcome;
use serde_json::Value;

use super::User;

/// The episodes of two seasons.
const EPISODES: [&str; 4] = [
    "Shows/Dark (2017)/Season 01/Dark S01E01.mp4",
    "Shows/Dark (2017)/Season 01/Dark S01E02.mp4",
    "Shows/Dark (2017)/Season 02/Dark S02E01.mp4",
    "Shows/Dark (2017)/Season 02/Dark S02E10.mp4",
];

impl User {
    fn with_files(files: &[&str]) -> Self {
        let user = Self::with(0, 0);
        files.iter().for_each(|file| user.library.write_media(file));
        user
    }

    fn collection(&self, title: &str) -> Value {
        self.json(&["collection", "show", title])
    }

    /// Uploads the library with `--collection`, and shows what became of it.
    fn upload_into(&self, collection: &str) -> Outcome {
        let root = self.library.root().display().to_string();
        self.run(&["upload", &root, "--add", "--collection", collection]).expect_success()
    }
}

/// Returns the titles of what is in a collection.
fn titles<'a>(collection: &'a Value, of: &str) -> Vec<&'a str> {
    let items = collection[of].as_array().unwrap();
    items.iter().map(|item| item["title"].as_str().unwrap()).collect()
}

/// Returns the ids of the movies in a collection.
fn ids(collection: &Value) -> Vec<String> {
    let movies = collection["movies"].as_array().unwrap();
    movies.iter().map(|movie| movie["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_seasons_of_a_series_become_collections() {
    let user = User::with_files(&EPISODES);
    let root = user.library.root().display().to_string();
    let planned = user.json(&["upload", &root, "--add", "--dry-run"]);
    assert_eq!(planned["files"][3]["movie"]["collections"][0], "Dark: Season 2");
    let shown = user.run(&["upload", &root, "--add"]).expect_success();
    assert!(shown.stdout.contains("Collections: 3 added."), "{shown:?}");
    assert_eq!(titles(&user.collection("Dark"), "collections"), ["Season 1", "Season 2"]);
    assert_eq!(titles(&user.collection("Season 1"), "movies"), ["Dark S01E01", "Dark S01E02"]);
    user.library.write_media("Shows/Dark (2017)/Season 02/Dark S02E02.mp4");
    let again = user.run(&["upload", &root, "--add"]).expect_success();
    assert!(!again.stdout.contains("Collections:"), "{again:?}");
    let expected = ["Dark S02E01", "Dark S02E02", "Dark S02E10"];
    assert_eq!(titles(&user.collection("Season 2"), "movies"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_made_of_the_seasons_stays() {
    let user = User::with_files(&EPISODES);
    user.import();
    let edit = ["collection", "edit", "Season 1", "--title", "The first one"];
    user.run(&edit).expect_success();
    let mut movies = ids(&user.collection("The first one"));
    movies.reverse();
    let put = ["collection", "put", "The first one", &movies[0], &movies[1]];
    user.run(&put).expect_success();
    user.run(&["collection", "remove", "Season 2", "--yes"]).expect_success();
    user.library.write_media("Shows/Dark (2017)/Season 01/Dark S01E03.mp4");
    user.library.write_media("Shows/Dark (2017)/Season 02/Dark S02E03.mp4");
    user.import();
    assert_eq!(titles(&user.collection("Dark"), "collections"), ["The first one"]);
    let expected = ["Dark S01E02", "Dark S01E03", "Dark S01E01"];
    assert_eq!(titles(&user.collection("The first one"), "movies"), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_becomes_the_collection_of_its_course() {
    let user = User::with_files(&["10 Sorting.mp4", "2 Lists.mp4", "Part 2/1 Proofs.mp4"]);
    let root = user.library.root().display().to_string();
    let dry_run = ["upload", &root, "--add", "--collection", "Algorithms", "--dry-run"];
    let planned = user.run(&dry_run).expect_success();
    assert!(planned.stdout.contains("Algorithms"), "{planned:?}");
    user.run(&["collection", "show", "Algorithms"]).expect_failure(3);
    let shown = user.upload_into("Algorithms");
    let summary = "Collections: 1 added. 3 movies were put into \"Algorithms\".";
    assert!(shown.stdout.contains(summary), "{shown:?}");
    let course = user.collection("Algorithms");
    let all = titles(&course, "movies");
    let order = |title: &str| all.iter().position(|one| one.contains(title)).unwrap();
    assert!(order("Lists") < order("Sorting"), "{all:?}");
    // A lecture that somebody takes out stays out, and a new one comes to its place.
    let movies = ids(&course);
    user.run(&["collection", "put", "Algorithms", &movies[1], &movies[2]]).expect_success();
    user.library.write_media("9 Trees.mp4");
    let again = user.upload_into("algorithms");
    assert!(again.stdout.contains("1 movie was put into \"Algorithms\"."), "{again:?}");
    assert_eq!(user.collection("Algorithms")["movies"].as_array().map(Vec::len), Some(3));
}

#[test]
fn a_collection_needs_movies_and_a_title() {
    let user = User::with_files(&["2 Lists.mp4"]);
    let root = user.library.root().display().to_string();
    user.run(&["upload", &root, "--collection", "Course"]).expect_failure(2).expect_stderr("--add");
    let untitled = ["upload", &root, "--add", "--collection", " "];
    user.run(&untitled).expect_failure(2).expect_stderr("title of a collection");
    assert_eq!(user.movies().len(), 0);
}
