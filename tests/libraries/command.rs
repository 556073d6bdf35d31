//! `ginflix library` with a cluster of this machine.

use ginflix_tests::cli::Cli;
use ginflix_tests::library::Library;
use serde_json::json;

/// A cluster of this machine, and a library beside it.
struct User {
    cli: Cli,
    library: Library,
}

impl User {
    fn new() -> Self {
        let cli = Cli::new();
        cli.up();
        let library = Library::with(cli.home().join("lib"), 2, 1);
        library.age();
        Self { cli, library }
    }

    fn root(&self) -> String {
        self.library.root().display().to_string()
    }
}

#[test]
fn a_library_is_added_listed_scanned_and_removed() {
    let user = User::new();
    let added = user.cli.json(&["library", "add", "lib"]);
    assert_eq!((&added["media"], &added["state"]), (&json!(3), &json!("ready")));
    assert_eq!(user.cli.json(&["movie", "list"]).as_array().map(Vec::len), Some(3));
    let listed = user.cli.run(&["library", "list"]).expect_success();
    assert!(listed.stdout.contains("it is an extra"), "{listed:?}");
    user.library.write_media("New (2020).mp4");
    user.library.age();
    let scanned = user.cli.json(&["library", "scan", "lib"]);
    assert_eq!(scanned[0]["media"], 4);
    user.cli.run(&["library", "remove", "lib"]).expect_failure(2).expect_stderr("4 files");
    let removed = user.cli.json(&["library", "remove", &user.root(), "--yes"]);
    assert_eq!(removed, json!({"movies": 4}));
    assert_eq!(user.cli.json(&["library", "list"]), json!([]));
}

#[test]
fn a_wrong_folder_is_refused_with_the_reason() {
    let user = User::new();
    user.cli.file("file.mp4", "x");
    user.cli.run(&["library", "add", "none"]).expect_failure(3);
    user.cli.run(&["library", "add", "file.mp4"]).expect_failure(2).expect_stderr("not a file");
    user.cli.json(&["library", "add", "lib"]);
    user.cli.run(&["library", "add", "lib"]).expect_failure(5).expect_stderr("already");
    user.cli.run(&["library", "add", "lib/Movies"]).expect_failure(5).expect_stderr("overlaps");
    user.cli.run(&["library", "scan", "none"]).expect_failure(3);
}
