//! Requests of `ginflix cluster check`, which examine how the HLS of media files is served.

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    ETAG, HeaderName, IF_NONE_MATCH, RANGE, RETRY_AFTER,
};
use url::Url;

use super::{Client, ClientError};
use crate::error::ErrorBody;
use crate::media::MediaName;
use crate::paths;

/// The master playlist, below the path of the HLS of a media file.
const MASTER: &str = "master.m3u8";

/// What a request for a playlist or segment asks for.
#[derive(Debug, Clone, Default)]
pub struct HlsRequest<'a> {
    /// The value of `Range`.
    pub range: Option<String>,
    /// The value of `If-None-Match`.
    pub if_none_match: Option<&'a str>,
}

/// The response to a request for a playlist or segment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HlsResponse {
    /// The status code.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The value of `Content-Length`, in bytes.
    pub length: Option<u64>,
    /// The value of `Content-Range`.
    pub range: Option<String>,
    /// The value of `Content-Encoding`.
    pub encoding: Option<String>,
    /// The values of `Cache-Control`, in one list.
    pub cache_control: Option<String>,
    /// The value of `ETag`.
    pub etag: Option<String>,
    /// The value of `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// The first bytes of the content, at most as many as were requested.
    pub body: Bytes,
}

impl HlsResponse {
    /// Returns the message of a GinFlix server that refuses the request; `None` if the content is something else.
    pub fn refusal(&self) -> Option<String> {
        let body: ErrorBody = serde_json::from_slice(&self.body).ok()?;
        Some(body.error.message)
    }
}

impl Client {
    /// Returns the URL of the master playlist of a media file.
    ///
    /// # Errors
    /// The server's URL cannot have paths.
    pub fn hls_master_url(&self, name: &MediaName) -> Result<Url, ClientError> {
        self.url(&format!("{}/hls/{MASTER}", paths::stream(name)))
    }

    /// Sends a `GET` request for a playlist or segment, and reads at most `limit` bytes of the content. The request does
    /// not allow compression.
    ///
    /// # Errors
    /// Fails if `url` is on another server, which must not receive the token, if the server cannot be reached, or if
    /// the connection breaks. A status code of 400 and above is no error.
    pub async fn probe_hls(
        &self,
        url: &Url,
        request: &HlsRequest<'_>,
        limit: usize,
    ) -> Result<HlsResponse, ClientError> {
        let mut sent = self.request(Method::GET, url.as_str())?.header(ACCEPT_ENCODING, "identity");
        if let Some(range) = &request.range {
            sent = sent.header(RANGE, range);
        }
        if let Some(etag) = request.if_none_match {
            sent = sent.header(IF_NONE_MATCH, etag);
        }
        let broken = |e: reqwest::Error| ClientError::transport(&self.base, &e);
        let mut response = sent.send().await.map_err(broken)?;
        let header = |name: HeaderName| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let directives: Vec<&str> = response
            .headers()
            .get_all(CACHE_CONTROL)
            .into_iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let integer = |name: HeaderName| header(name).and_then(|text| text.parse().ok());
        let mut probed = HlsResponse {
            status: response.status().as_u16(),
            content_type: header(CONTENT_TYPE),
            length: integer(CONTENT_LENGTH),
            range: header(CONTENT_RANGE),
            encoding: header(CONTENT_ENCODING),
            cache_control: (!directives.is_empty()).then(|| directives.join(", ")),
            etag: header(ETAG),
            retry_after: integer(RETRY_AFTER),
            body: Bytes::new(),
        };
        let mut body = BytesMut::new();
        while body.len() < limit {
            let Some(chunk) = response.chunk().await.map_err(broken)? else { break };
            body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]);
        }
        probed.body = body.freeze();
        Ok(probed)
    }
}
