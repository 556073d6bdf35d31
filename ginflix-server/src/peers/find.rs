//! Which peer has a media file, or an upload that is not complete.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use ginflix_api::media::MediaName;
use ginflix_api::{paths, tus};
use http::header::{CONTENT_LENGTH, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Response;
use uuid::Uuid;

use super::Peers;
use super::client::{PeerRequest, PeerRequestError};

/// Time within which all peers have to respond to a lookup.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(3);

/// The request header field with the SHA-256 that the media file must have, in 64 hexadecimal
/// digits.
pub const PEER_SHA256: &str = "ginflix-peer-sha256";

/// A peer that has a media file, with the validators of its copy (RFC 9110, section 8.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaHolder {
    /// The address of the peer.
    pub address: SocketAddr,
    /// The size of the media file in bytes.
    pub size: u64,
    /// The strong entity tag, with quotes.
    pub etag: String,
    /// The time of the last modification.
    pub modified: SystemTime,
}

/// The result of asking all peers for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerLookup<T> {
    /// A peer has it.
    Found(T),
    /// All peers responded, and none has it.
    NotFound,
    /// Some peers gave no usable response, and no other one has it.
    Unknown,
}

impl Peers {
    /// Returns a peer that has this media file; recent results are reused.
    pub async fn find_media(&self, name: &MediaName) -> PeerLookup<MediaHolder> {
        if let Some(lookup) = self.lookups().media(name) {
            return lookup;
        }
        let lookup = self.find_media_except(name, None, &[]).await;
        self.lookups().insert_media(name, &lookup);
        lookup
    }

    /// Returns a peer that has this media file and is not in `except`. With `sha256`, only a copy
    /// with that content counts.
    pub async fn find_media_except(
        &self,
        name: &MediaName,
        sha256: Option<&str>,
        except: &[SocketAddr],
    ) -> PeerLookup<MediaHolder> {
        let mut headers = HeaderMap::new();
        if let Some(Ok(sha256)) = sha256.map(HeaderValue::from_str) {
            headers.insert(PEER_SHA256, sha256);
        }
        self.find(&paths::peer_media(name), headers, except, media_holder).await
    }

    /// Forgets which peer has a media file.
    pub fn forget_media(&self, name: &MediaName) {
        self.lookups().remove_media(name);
    }

    /// Returns the peer that an upload was created on.
    pub async fn find_upload(&self, id: Uuid) -> PeerLookup<SocketAddr> {
        if let Some(owner) = self.lookups().upload(id) {
            return PeerLookup::Found(owner);
        }
        let mut headers = HeaderMap::new();
        headers.insert(tus::TUS_RESUMABLE, HeaderValue::from_static(tus::VERSION));
        // Any other status, such as 410 or 423, comes from the peer that knows the upload.
        let owner = |address, response: &Response| match response.status() {
            StatusCode::NOT_FOUND => PeerLookup::NotFound,
            _ => PeerLookup::Found(address),
        };
        let lookup = self.find(&paths::peer_upload(id), headers, &[], owner).await;
        if let PeerLookup::Found(owner) = lookup {
            self.lookups().insert_upload(id, owner);
        }
        lookup
    }

    /// Forgets which peer has an upload.
    pub fn forget_upload(&self, id: Uuid) {
        self.lookups().remove_upload(id);
    }

    /// Sends a `HEAD` request to all peers at once. The first response for which
    /// `evaluate` returns `Found` wins.
    async fn find<T>(
        &self,
        path: &str,
        headers: HeaderMap,
        except: &[SocketAddr],
        evaluate: impl Fn(SocketAddr, &Response) -> PeerLookup<T>,
    ) -> PeerLookup<T> {
        let send = |address| {
            let request = PeerRequest {
                method: Method::HEAD,
                path,
                headers: headers.clone(),
                body: None,
                timeout: Some(LOOKUP_TIMEOUT),
            };
            async move { (address, self.send(address, request).await) }
        };
        let mut pending: FuturesUnordered<_> =
            self.directory().candidates(except).into_iter().map(send).collect();
        // Before every name was resolved, a peer that has it may not be among the candidates.
        let is_complete = self.directory().is_complete();
        let mut lookup = if is_complete { PeerLookup::NotFound } else { PeerLookup::Unknown };
        while let Some((address, result)) = pending.next().await {
            match result {
                Ok(response) => match evaluate(address, &response) {
                    PeerLookup::Found(found) => return PeerLookup::Found(found),
                    PeerLookup::NotFound => {}
                    PeerLookup::Unknown => lookup = PeerLookup::Unknown,
                },
                Err(PeerRequestError::IsSelf(_)) => {}
                Err(_) => lookup = PeerLookup::Unknown,
            }
        }
        lookup
    }
}

/// Reads the validators of a media file from the response to a `HEAD` request.
fn media_holder(address: SocketAddr, response: &Response) -> PeerLookup<MediaHolder> {
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return PeerLookup::NotFound,
        _ => return PeerLookup::Unknown,
    }
    let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    let size = text(CONTENT_LENGTH).and_then(|text| text.parse().ok());
    let modified = text(LAST_MODIFIED).and_then(|text| httpdate::parse_http_date(text).ok());
    // A weak entity tag (`W/"…"`) could not guard a range request (RFC 9110, section 13.1.1).
    let etag = text(ETAG).filter(|etag| etag.starts_with('"'));
    match (size, etag, modified) {
        (Some(size), Some(etag), Some(modified)) => {
            PeerLookup::Found(MediaHolder { address, size, etag: etag.to_owned(), modified })
        }
        _ => PeerLookup::Unknown,
    }
}
