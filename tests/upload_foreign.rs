//! Uploads by tuspy, a tus client that this project did not write.

#![allow(clippy::unwrap_used)] // a test that cannot go on says where

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ginflix_tests::binaries;
use ginflix_tests::http::{noise, sha256};
use ginflix_tests::proxy::{Proxy, ProxyMode};
use ginflix_tests::server::{Server, TOKEN};

/// Uploads a file; what an earlier run left unfinished it goes on with.
const UPLOAD: &str = r#"
import sys
from tusclient.client import TusClient
from tusclient.storage.filestorage import FileStorage

url, token, path, chunk, checksum = sys.argv[1:]
uploader = TusClient(url, headers={"Authorization": "Bearer " + token}).uploader(
    path, metadata={"filename": "film.mp4"}, chunk_size=int(chunk),
    upload_checksum=checksum == "checksum",
    store_url=True, url_storage=FileStorage(path + ".storage"))
print("from", uploader.offset)
uploader.upload()
print("to", uploader.offset)
"#;

struct Tuspy {
    folder: tempfile::TempDir,
    python: PathBuf,
    film: Vec<u8>,
}

impl Tuspy {
    fn new(bytes: usize) -> Self {
        let python = binaries::cache().join("tuspy/bin/python");
        assert!(python.exists(), "tuspy is missing: run `scripts/setup test`, which installs it");
        let folder = tempfile::TempDir::new().unwrap();
        let film = noise(bytes, 1);
        std::fs::write(folder.path().join("film.mp4"), &film).unwrap();
        Self { folder, python, film }
    }

    fn upload(&self, url: &str, chunk: usize, checksum: &str) -> Output {
        let path: &Path = &self.folder.path().join("film.mp4");
        Command::new(&self.python)
            .args(["-c", UPLOAD, url, TOKEN])
            .arg(path)
            .args([&chunk.to_string(), checksum])
            .env_remove("http_proxy")
            .env("NO_PROXY", "*")
            .output()
            .unwrap()
    }
}

const UPLOADS: &str = ginflix_api::paths::UPLOADS;

#[tokio::test]
async fn tuspy_uploads_a_film_in_pieces_with_checksums() {
    let (server, tuspy) = (Server::start(), Tuspy::new(3_000_000));
    let output = tuspy.upload(&server.url(UPLOADS), 700_000, "checksum");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&tuspy.film));
}

#[tokio::test]
async fn tuspy_goes_on_after_a_broken_connection() {
    let (server, tuspy) = (Server::start(), Tuspy::new(8_000_000));
    let cutting = Proxy::start(server.address(), ProxyMode::CutAtByte(5_000_000));
    let broken = tuspy.upload(&cutting.url(UPLOADS), 100_000_000, "none");
    assert!(!broken.status.success(), "{broken:?}");
    assert_eq!(cutting.cut_connections(), 1);
    assert!(server.media("film.mp4").await.is_none());

    // The same command: tuspy kept the upload's URL, which leads through the proxy.
    let output = tuspy.upload(&cutting.url(UPLOADS), 100_000_000, "none");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let from: u64 = said.lines().next().unwrap().strip_prefix("from ").unwrap().parse().unwrap();
    assert!((1..=5_000_000).contains(&from), "{said}");
    // Heads of requests are all that was sent besides.
    let heads = 10_000;
    assert!(cutting.client_bytes() <= 5_000_000 + (64 << 10) + 8_000_000 - from + heads);
    assert_eq!(server.media("film.mp4").await.unwrap().sha256, sha256(&tuspy.film));
}
