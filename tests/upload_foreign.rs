//! Uploads with tuspy, an independent tus client.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ginflix_tests::binaries;
use ginflix_tests::http::{noise, sha256};
use ginflix_tests::proxy::{Proxy, ProxyMode};
use ginflix_tests::server::{Server, TOKEN};

/// The Python program that uploads a file, or resumes the upload of an earlier run.
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

/// tuspy, and a file to upload with it.
struct Tuspy {
    folder: tempfile::TempDir,
    python: PathBuf,
    content: Vec<u8>,
}

impl Tuspy {
    fn with_file_of(size: usize) -> Self {
        let python = binaries::cache().join("tuspy/bin/python");
        assert!(python.exists(), "tuspy is missing: run `scripts/setup test`, which installs it");
        let folder = tempfile::TempDir::new().unwrap();
        let content = noise(size, 1);
        std::fs::write(folder.path().join("film.mp4"), &content).unwrap();
        Self { folder, python, content }
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
async fn tuspy_uploads_a_file_in_chunks_with_checksums() {
    let (server, tuspy) = (Server::start(), Tuspy::with_file_of(3_000_000));
    let output = tuspy.upload(&server.url(UPLOADS), 700_000, "checksum");
    assert!(output.status.success(), "{output:?}");
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&tuspy.content)));
}

#[tokio::test]
async fn tuspy_resumes_after_a_lost_connection() {
    let (server, tuspy) = (Server::start(), Tuspy::with_file_of(8_000_000));
    let proxy = Proxy::start(server.address(), ProxyMode::CutAtByte(5_000_000));
    let failed = tuspy.upload(&proxy.url(UPLOADS), 100_000_000, "none");
    assert!(!failed.status.success(), "{failed:?}");
    assert_eq!(proxy.cut_connections(), 1);
    assert!(server.media("film.mp4").await.is_none());

    // The same command: tuspy stored the URL of the upload, which is one of the proxy.
    let output = tuspy.upload(&proxy.url(UPLOADS), 100_000_000, "none");
    assert!(output.status.success(), "{output:?}");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let from: u64 = stdout.lines().next().unwrap().strip_prefix("from ").unwrap().parse().unwrap();
    assert!((1..=5_000_000).contains(&from), "{stdout}");
    // Besides content tuspy sends only the heads of its requests. The proxy counts up to 64 KiB, the
    // size of its buffer, beyond the byte at which it cuts.
    let heads = 10_000;
    assert!(proxy.client_bytes() <= 5_000_000 + (64 << 10) + 8_000_000 - from + heads);
    assert!(server.media("film.mp4").await.unwrap().has_sha256(&sha256(&tuspy.content)));
}
