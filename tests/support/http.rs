//! Requests to a test server, and the form that every error response must have.

use std::sync::LazyLock;

use ginflix_api::error::{ErrorBody, ErrorCode};
use ginflix_api::media::{Media, MediaName};
use ginflix_api::movie::Movie;
use ginflix_api::{paths, tus};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::random::Random;
use crate::server::{Server, TOKEN};

/// Installs the crypto provider of rustls once for the process.
static TLS_PROVIDER: LazyLock<()> = LazyLock::new(|| {
    let _ = rustls::crypto::ring::default_provider().install_default();
});

/// Returns a client that follows no redirects and uses no proxy.
pub fn client() -> reqwest::Client {
    client_builder().build().unwrap()
}

/// Returns a builder with the settings of [`client`].
pub fn client_builder() -> reqwest::ClientBuilder {
    LazyLock::force(&TLS_PROVIDER);
    let policy = reqwest::redirect::Policy::none();
    reqwest::Client::builder().redirect(policy).no_proxy()
}

/// Returns the SHA-256 digest in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The first box of an MP4 file, and the start of a second one without meaning, which lasts until the end.
const MP4_START: &[u8] = b"\0\0\0\x18ftypisom\0\0\x02\0isommp41\0\0\0\0free";

/// Returns pseudo-random bytes, the same for the same seed. If they are long enough, they begin with `MP4_START`, so
/// that they are an undamaged file of a known format, but without tracks.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes: Vec<u8> = (0..length).map(|_| (random.next_u64() >> 32) as u8).collect();
    if let Some(start) = bytes.first_chunk_mut::<{ MP4_START.len() }>() {
        start.copy_from_slice(MP4_START);
    }
    bytes
}

impl Server {
    /// Builds a request without credentials.
    pub fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        client().request(method, self.url(path))
    }

    /// Builds a request of an administrator.
    pub fn admin(&self, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, path).bearer_auth(TOKEN)
    }

    /// Builds the request that creates a tus upload of any content type. `metadata` is appended to
    /// `Upload-Metadata`: it is empty, or each of its pairs begins with a comma.
    pub fn create_upload(&self, name: &str, length: u64, metadata: &str) -> RequestBuilder {
        // `dHJ1ZQ==` is "true" in Base64.
        self.create_typed_upload(name, length, &format!(",anytype dHJ1ZQ=={metadata}"))
    }

    /// Builds the request that creates a tus upload whose content type the server checks.
    pub fn create_typed_upload(&self, name: &str, length: u64, metadata: &str) -> RequestBuilder {
        use base64::{Engine, engine::general_purpose::STANDARD};
        self.admin(Method::POST, paths::UPLOADS)
            .header(tus::TUS_RESUMABLE, tus::VERSION)
            .header(tus::UPLOAD_LENGTH, length)
            .header(tus::UPLOAD_METADATA, format!("filename {}{metadata}", STANDARD.encode(name)))
    }

    /// Builds a `PATCH` of a tus upload.
    pub fn patch_upload(&self, location: &str, offset: u64, bytes: Vec<u8>) -> RequestBuilder {
        self.admin(Method::PATCH, path_of(location))
            .header(tus::TUS_RESUMABLE, tus::VERSION)
            .header(tus::UPLOAD_OFFSET, offset)
            .header("content-type", tus::OFFSET_OCTET_STREAM)
            .body(bytes)
    }

    /// Builds a request for the offset of a tus upload.
    pub fn head_upload(&self, location: &str) -> RequestBuilder {
        self.admin(Method::HEAD, path_of(location)).header(tus::TUS_RESUMABLE, tus::VERSION)
    }

    /// Uploads a whole media file.
    pub async fn put_media(&self, name: &str, bytes: Vec<u8>) -> Media {
        let created = self.create_upload(name, bytes.len() as u64, "").send().await.unwrap();
        assert_eq!(created.status(), 201, "{}", created.text().await.unwrap());
        let location = header(&created, "location");
        let done = self.patch_upload(&location, 0, bytes).send().await.unwrap();
        assert_eq!(done.status(), 204, "{}", done.text().await.unwrap());
        self.media(name).await.unwrap()
    }

    /// Returns the metadata of a media file, or `None` if there is none of that name.
    pub async fn media(&self, name: &str) -> Option<Media> {
        let name: MediaName = name.parse().unwrap();
        let response = self.admin(Method::GET, &paths::media(&name)).send().await.unwrap();
        match response.status().as_u16() {
            200 => Some(response.json().await.unwrap()),
            404 => None,
            other => panic!("{other}: {}", response.text().await.unwrap()),
        }
    }

    /// Adds a movie.
    pub async fn add_movie(&self, title: &str, media: &str) -> Movie {
        let body = json!({ "title": title, "media": media });
        let response = self.admin(Method::POST, paths::MOVIES).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
        response.json().await.unwrap()
    }

    /// Gets a path as an administrator; the response must be 200 with JSON.
    pub async fn json(&self, path: &str) -> Value {
        let response = self.admin(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "GET {path}: {}", response.text().await.unwrap());
        response.json().await.unwrap()
    }
}

/// Returns the value of a header field, which must be there.
#[track_caller]
pub fn header(response: &Response, name: &str) -> String {
    let value = response.headers().get(name).unwrap_or_else(|| panic!("no header field {name}"));
    value.to_str().unwrap().to_owned()
}

/// Sends a request whose response must be this error in the common form, and returns its message.
pub async fn expect_error(request: RequestBuilder, status: u16, code: ErrorCode) -> String {
    let response = request.send().await.unwrap();
    let (actual_status, url) = (response.status(), response.url().clone());
    let request_id = header(&response, "x-request-id");
    let text = response.text().await.unwrap();
    assert_eq!(actual_status, status, "{url}: {text}");
    let body: ErrorBody =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{url}: no error body: {e}: {text}"));
    assert_eq!(body.error.code, code, "{url}: {text}");
    assert_eq!(body.error.request_id, request_id, "{url}");
    assert!(!body.error.message.is_empty(), "{url}: an error without a message");
    body.error.message
}

/// Returns the path of a URL, which may be relative.
fn path_of(location: &str) -> &str {
    match location.split_once("://") {
        Some((_, rest)) => &rest[rest.find('/').unwrap()..],
        None => location,
    }
}
