//! Playlists and segments of media files over HTTP, read by ffmpeg and ffprobe as well.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod access;
mod delivery;
mod frames;
mod index;
mod peers;
mod texts;

use std::path::Path;
use std::time::Duration;

use ginflix_tests::http::header;
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use reqwest::{Method, Response};

/// How long a server may take to make the index of a small file.
const INDEX_TIMEOUT: Duration = Duration::from_secs(30);

/// Uploads a file, and returns the path below which its playlists are.
async fn put(server: &Server, name: &str, file: &Path) -> String {
    server.put_media(name, std::fs::read(file).unwrap()).await;
    format!("/stream/{name}/hls")
}

/// Gets a path, which must be there once the index is made.
async fn get(server: &Server, path: &str) -> Response {
    wait::until_async(INDEX_TIMEOUT, path, async || {
        let response = server.anonymous(Method::GET, path).send().await.unwrap();
        match response.status().as_u16() {
            200 => Some(response),
            503 => None,
            other => panic!("{path}: {other}: {}", response.text().await.unwrap()),
        }
    })
    .await
}

async fn text(server: &Server, path: &str) -> String {
    get(server, path).await.text().await.unwrap()
}

async fn bytes(server: &Server, path: &str) -> Vec<u8> {
    get(server, path).await.bytes().await.unwrap().to_vec()
}

/// Returns the URIs of a playlist: those of lines, and those of attributes.
fn uris(playlist: &str) -> Vec<String> {
    let uri = |line: &str| match line.split_once("URI=\"") {
        Some((_, rest)) => Some(rest.split('"').next()?.to_owned()),
        None => (!line.is_empty() && !line.starts_with('#')).then(|| line.to_owned()),
    };
    playlist.lines().filter_map(uri).collect()
}

/// Returns the entity tag of a response, which must be a strong one.
#[track_caller]
fn strong_etag(response: &Response) -> String {
    let etag = header(response, "etag");
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 2, "{etag}");
    etag
}
