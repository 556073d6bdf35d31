//! Subtitles that are added to media files: by HTTP and by command, on one server and on several.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod command;
mod formats;
mod streamers;

use std::time::Duration;

use ginflix_api::paths;
use ginflix_tests::server::Server;
use ginflix_tests::wait;
use reqwest::{Method, Response};
use serde_json::Value;

/// How long a server may take to serve a change of subtitles on a busy machine.
const SYNC_TIMEOUT: Duration = Duration::from_secs(60);

/// A subtitle file with one cue.
const HELLO: &str = "1\n00:00:00,500 --> 00:00:02,000\nHello\n";

/// Sends a subtitle file for a media file.
async fn add(server: &Server, media: &str, query: &str, file: impl Into<Vec<u8>>) -> Response {
    let path = format!("{}?{query}", paths::subtitles(&media.parse().unwrap()));
    server.admin(Method::POST, &path).body(file.into()).send().await.unwrap()
}

/// Returns the texts that a streamer lists for a media file, once there are so many.
async fn texts(server: &Server, media: &str, count: usize) -> Vec<Value> {
    let path = format!("/stream/{media}/hls/texts.json");
    wait::until_async(SYNC_TIMEOUT, &format!("{count} texts"), async || {
        let response = server.anonymous(Method::GET, &path).send().await.unwrap();
        if response.status() != 200 {
            return None;
        }
        let list: Value = response.json().await.unwrap();
        let items = list["items"].as_array().unwrap().clone();
        (items.len() == count).then_some(items)
    })
    .await
}

/// Returns the text of a list as WebVTT.
async fn document(server: &Server, media: &str, text: &Value) -> String {
    let path = format!("/stream/{media}/hls/{}", text["uri"].as_str().unwrap());
    let response = server.anonymous(Method::GET, &path).send().await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}
