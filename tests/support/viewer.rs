//! Viewers as servers see them: a player requests what it plays of a media file, and reports it.

use std::time::Duration;

use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::paths;
use ginflix_api::playback::Playback;
use ginflix_api::views::{NotCountedReason, ViewExplanation};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::json;

use crate::http::client;
use crate::server::Server;
use crate::wait;

/// How long the judgement of playbacks may take on a busy machine, even if a streamer is lost.
pub const JUDGEMENT_TIMEOUT: Duration = Duration::from_secs(90);

/// A viewer with a player.
pub struct Viewer<'a> {
    web: &'a Server,
    streamer: &'a Server,
    client: Client,
    /// The address that a trusted proxy names; `None` for that of the test.
    address: Option<String>,
}

impl<'a> Viewer<'a> {
    /// Creates a viewer of a server that is web server and streamer.
    pub fn of(server: &'a Server) -> Self {
        Self::between(server, server)
    }

    /// Creates a viewer who gets media files from another server than the pages.
    pub fn between(web: &'a Server, streamer: &'a Server) -> Self {
        Self { web, streamer, client: client(), address: None }
    }

    /// Gives the viewer an address. The servers must trust the proxy 127.0.0.1.
    pub fn at(self, address: impl Into<String>) -> Self {
        Self { address: Some(address.into()), ..self }
    }

    /// Builds a request from the viewer's address.
    pub fn request(&self, server: &Server, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, server.url(path));
        match &self.address {
            Some(address) => request.header("x-forwarded-for", address),
            None => request,
        }
    }

    /// Requests a path of the streamer as players do, and reads the response to its end.
    pub async fn fetch(&self, path: &str) -> Vec<u8> {
        let request = self.request(self.streamer, Method::GET, path);
        let response = request.header("range", "bytes=0-").send().await.unwrap();
        let status = response.status();
        assert!(status == StatusCode::PARTIAL_CONTENT || status == StatusCode::OK, "{status}");
        response.bytes().await.unwrap().into()
    }

    /// Starts a playback.
    pub async fn start(&self, movie: MovieId) -> Playback {
        let request = self.request(self.web, Method::POST, paths::PLAYBACKS);
        let started = request.json(&json!({ "movie_id": movie })).send().await.unwrap();
        assert_eq!(started.status(), 201);
        started.json().await.unwrap()
    }

    /// Reports that the movie was played from its beginning to `end`, in seconds.
    pub async fn report(&self, playback: &Playback, end: f64) -> Playback {
        let request = self.request(self.web, Method::POST, &paths::playback(playback.id));
        let report = json!({ "position_seconds": end, "played": [{ "start": 0.0, "end": end }] });
        let reported = request.json(&report).send().await.unwrap();
        assert_eq!(reported.status(), 200);
        reported.json().await.unwrap()
    }

    /// Plays a movie of three seconds: starts a playback, requests the media file, and reports as
    /// much as a view needs.
    pub async fn watch(&self, movie: &Movie) -> Playback {
        let playback = self.start(movie.id).await;
        self.fetch(&movie.stream_path).await;
        self.report(&playback, playback.needed_seconds + 0.25).await
    }
}

/// Waits until all playbacks of a movie are judged, and returns what they counted for.
pub async fn wait_until_judged(server: &Server, movie: MovieId) -> ViewExplanation {
    wait::until_async(JUDGEMENT_TIMEOUT, "all playbacks to be judged", async || {
        let explanation = server.json(&paths::explain_views(movie)).await;
        let explanation: ViewExplanation = serde_json::from_value(explanation).unwrap();
        let mut reasons = explanation.not_counted.iter().map(|group| group.reason);
        let is_awaiting = reasons.any(|reason| reason == NotCountedReason::AwaitingEvidence);
        (!is_awaiting).then_some(explanation)
    })
    .await
}
