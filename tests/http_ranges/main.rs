//! Ranges and preconditions of media files, as a table: each row is sent over every version of HTTP
//! that the server speaks. `make test-security` also sends it to nginx, to check what the table says
//! of nginx.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod client;
mod comparison;
mod curl;
mod nginx;
mod row;
mod rows;

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use client::{Client, Transport};
use comparison::Files;
use ginflix_tests::certificate::Certificate;
use ginflix_tests::http::noise;
use ginflix_tests::server::Server;
use row::{MODIFIED_SECONDS, SIZE};

/// Writes the files that the rows request into a folder, and returns the bytes of `film.mp4`.
fn write_files(folder: &Path) -> Vec<u8> {
    let content = noise(SIZE as usize, 1);
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(MODIFIED_SECONDS);
    for (name, bytes) in [("film.mp4", &content[..]), ("empty.mp4", &[])] {
        fs::write(folder.join(name), bytes).unwrap();
        let file = File::options().write(true).open(folder.join(name)).unwrap();
        file.set_modified(modified).unwrap();
    }
    content
}

/// Sends all rows to the server; every response must be the expected one.
async fn assert_rows(server: &Server, client: &Client) {
    let content = write_files(&server.volume().join("media"));
    let files = Files {
        full: client.file("film.mp4", content).await,
        empty: client.file("empty.mp4", Vec::new()).await,
    };
    let mut differences = Vec::new();
    for row in rows::all() {
        let response = client.send(&row, &files.full.etag).await;
        differences.extend(comparison::difference(&row, &files, &response));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The event loops answer these requests.
#[tokio::test]
async fn rows_hold_over_http_1_without_tls() {
    let server = Server::start();
    assert_rows(&server, &Client::new(Transport::Http1, server.address(), false)).await;
}

#[tokio::test]
async fn rows_hold_over_http_2_without_tls() {
    let server = Server::start();
    assert_rows(&server, &Client::new(Transport::Http2, server.address(), false)).await;
}

#[tokio::test]
async fn rows_hold_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::generate(folder.path(), "a");
    let server = Server::start_with(&certificate.flags());
    for transport in [Transport::Http1, Transport::Http2] {
        assert_rows(&server, &Client::new(transport, server.address(), true)).await;
    }
}

#[test]
fn no_two_rows_have_the_same_name() {
    let mut names: Vec<&str> = rows::all().iter().map(|row| row.name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[tokio::test]
#[ignore = "needs nginx; make test-security runs it"]
async fn nginx_responds_as_the_rows_say() {
    let folder = tempfile::tempdir().unwrap();
    let nginx = nginx::Nginx::start(folder.path());
    let content = write_files(&nginx.media());
    let client = Client::new(Transport::Http1, nginx.address(), false);
    let etag = client.file("film.mp4", content).await.etag;
    let mut differences = Vec::new();
    for row in rows::all() {
        let expected = row.nginx.map_or(row.expected.status(), |(status, _)| status);
        let status = client.send(&row, &etag).await.status;
        if status != expected {
            differences.push(format!("{}: {status} and not {expected}", row.name));
        }
        if row.nginx.is_some_and(|(status, _)| status == row.expected.status()) {
            differences.push(format!("{}: it says that nginx differs, but not how", row.name));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
