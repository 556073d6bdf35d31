//! The options of curl that send ranges and preconditions, as a user gives them.

use std::fs;
use std::path::Path;
use std::process::Command;

use ginflix_tests::http::noise;
use ginflix_tests::server::Server;

use super::row::{MODIFIED, SIZE};

/// Downloads `film.mp4` to the file `film` of a folder, and returns the status code.
fn curl(server: &Server, folder: &Path, flags: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-sS", "--noproxy", "*", "--max-time", "60", "-o", "film", "-w", "%{http_code}"])
        .args(flags)
        .arg(server.url("/stream/film.mp4"))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{flags:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Starts a server with `film.mp4`, and creates a folder for downloads.
fn with_media() -> (Server, tempfile::TempDir, Vec<u8>) {
    let server = Server::start();
    super::write_files(&server.volume().join("media"));
    (server, tempfile::tempdir().unwrap(), noise(SIZE as usize, 1))
}

#[test]
fn curl_resumes_a_download() {
    let (server, folder, content) = with_media();
    let path = folder.path().join("film");
    fs::write(&path, &content[..400]).unwrap();
    assert_eq!(curl(&server, folder.path(), &["-C", "-"]), "206");
    assert!(fs::read(&path).unwrap() == content, "a resumed download has other bytes");
    // Nothing is left: 416 says so, and curl keeps the file.
    assert_eq!(curl(&server, folder.path(), &["-C", "-"]), "416");
    assert!(fs::read(&path).unwrap() == content, "a complete download was changed");
}

#[test]
fn curl_downloads_ranges() {
    let (server, folder, content) = with_media();
    let path = folder.path().join("film");
    for (range, bytes) in [("0-9", 0..10), ("-10", 990..1000), ("990-", 990..1000)] {
        assert_eq!(curl(&server, folder.path(), &["-r", range]), "206", "{range}");
        assert!(fs::read(&path).unwrap() == content[bytes], "{range}");
    }
    assert_eq!(curl(&server, folder.path(), &["-r", "0-9,500-509"]), "206");
    let parts = fs::read(&path).unwrap();
    for bytes in [&content[..10], &content[500..510]] {
        assert!(parts.windows(10).any(|window| window == bytes), "a part is missing");
    }
}

#[test]
fn curl_downloads_a_file_again_only_if_it_changed() {
    let (server, folder, content) = with_media();
    let tags = ["--etag-save", "tag", "--etag-compare", "tag"];
    fs::write(folder.path().join("tag"), "").unwrap();
    assert_eq!(curl(&server, folder.path(), &tags), "200");
    assert_eq!(curl(&server, folder.path(), &tags), "304");
    // The time of the file that curl has, and a date.
    assert_eq!(curl(&server, folder.path(), &["-R"]), "200");
    assert_eq!(curl(&server, folder.path(), &["-z", "film"]), "304");
    assert_eq!(curl(&server, folder.path(), &["-z", MODIFIED]), "304");
    assert_eq!(curl(&server, folder.path(), &["-z", "2020-01-01"]), "200");
    assert!(fs::read(folder.path().join("film")).unwrap() == content);
}
