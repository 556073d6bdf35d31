//! Links that lead out of a folder, files that cannot be read, and names of any bytes.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

use ginflix_tests::cli::Cli;
use serde_json::Value;

use super::{User, count};

#[tokio::test(flavor = "multi_thread")]
async fn links_out_of_the_folder_and_unreadable_files_are_left_out() {
    let user = User::with(0, 0);
    let outside = user.cli.file("outside.mp4", user.library.media("secret"));
    user.library.write_media("Movie (2001).mp4");
    user.library.write_media("Unreadable (2002).mp4");
    symlink(&outside, user.library.path("Link (2003).mp4")).unwrap();
    symlink(user.cli.home(), user.library.path("Folder")).unwrap();
    let unreadable = user.library.path("Unreadable (2002).mp4");
    fs::set_permissions(unreadable, fs::Permissions::from_mode(0o0)).unwrap();

    let root = user.library.root().display().to_string();
    let command = user.command(&["upload", &root, "--add", "-o", "json"]);
    let outcome = Cli::outcome(&mut Cli::without_capabilities(&command).into()).expect_success();
    let reports: Vec<Value> = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(count(&reports, "state", "uploaded"), 1);
    let reason = |name: &str| {
        let path = user.library.path(name).display().to_string();
        let report = reports.iter().find(|report| report["file"] == path.as_str());
        let report = report.unwrap_or_else(|| panic!("{name}: {reports:#?}"));
        assert_eq!(report["state"], "skipped", "{report}");
        report["error"].as_str().unwrap().to_owned()
    };
    assert!(reason("Link (2003).mp4").contains("leads to no file within the folder"));
    assert!(reason("Folder").contains("symbolic link"));
    assert!(reason("Unreadable (2002).mp4").contains("cannot be read"));
    assert_eq!(user.movies().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_any_bytes_are_imported() {
    let user = User::with(0, 0);
    let names: [&[u8]; 3] =
        [b"two\nlines (2001).mp4", b"c\xe9 (2002).mp4", b"right\xe2\x80\xae4pm (2003).mp4"];
    for name in names {
        user.library.write_media(OsStr::from_bytes(name));
    }
    let reports = user.import();
    let files: Vec<&str> = reports.iter().filter_map(|report| report["file"].as_str()).collect();
    let ends = ["c\\xE9 (2002).mp4", "right\\u{202e}4pm (2003).mp4", "two\\nlines (2001).mp4"];
    for (file, end) in files.iter().zip(ends) {
        assert!(file.ends_with(end), "{file} {end}");
    }
    let movies = user.movies();
    let found: Vec<_> = movies.iter().map(|movie| (movie.title.as_str(), movie.year)).collect();
    let expected = [("c\u{fffd}", Some(2002)), ("right4pm", Some(2003)), ("two lines", Some(2001))];
    assert_eq!(found, expected);
    let media: Vec<&str> = movies.iter().map(|movie| movie.media.as_str()).collect();
    assert_eq!(media, ["c_ (2002).mp4", "right_4pm (2003).mp4", "two_lines (2001).mp4"]);
}
