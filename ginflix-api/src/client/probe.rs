//! Requests of `ginflix cluster check`, which examine how media files are served.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, HeaderName, RANGE, VIA,
};

use super::{Client, ClientError};
use crate::media::MediaName;
use crate::paths;

/// The response to a probe of a media file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamResponse {
    /// The status code.
    pub status: u16,
    /// The value of `Content-Length`, in bytes.
    pub length: Option<u64>,
    /// The value of `Content-Range`.
    pub range: Option<String>,
    /// Whether `Accept-Ranges` contains `bytes`.
    pub accepts_ranges: bool,
    /// The value of `Content-Encoding`.
    pub encoding: Option<String>,
    /// Whether another server forwarded the response, which adds `Via`.
    pub is_forwarded: bool,
    /// The first bytes of the content, at most as many as were requested.
    pub body: Bytes,
    /// The time between the request and the first byte of the content; zero if no content
    /// was read.
    pub first_byte_after: Duration,
}

impl Client {
    /// Sends a `HEAD` request for a media file.
    ///
    /// # Errors
    /// Fails if the server cannot be reached or the connection breaks. A status
    /// code of 400 and above is no error.
    pub async fn probe_head(&self, name: &MediaName) -> Result<StreamResponse, ClientError> {
        self.probe(Method::HEAD, name, None, 0).await
    }

    /// Sends a `GET` request for a media file, with the given value of `Range`,
    /// and reads at most `limit` bytes of the content.
    ///
    /// # Errors
    /// Fails if the server cannot be reached or the connection breaks. A status
    /// code of 400 and above is no error.
    pub async fn probe_range(
        &self,
        name: &MediaName,
        range: Option<&str>,
        limit: usize,
    ) -> Result<StreamResponse, ClientError> {
        self.probe(Method::GET, name, range, limit).await
    }

    async fn probe(
        &self,
        method: Method,
        name: &MediaName,
        range: Option<&str>,
        limit: usize,
    ) -> Result<StreamResponse, ClientError> {
        let mut request = self.request(method, &paths::stream(name))?;
        if let Some(range) = range {
            request = request.header(RANGE, range);
        }
        let broken = |e: reqwest::Error| ClientError::transport(&self.base, &e);
        let started = Instant::now();
        let mut response = request.send().await.map_err(broken)?;
        let header = |name: HeaderName| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let mut probed = StreamResponse {
            status: response.status().as_u16(),
            length: header(CONTENT_LENGTH).and_then(|text| text.parse().ok()),
            range: header(CONTENT_RANGE),
            accepts_ranges: header(ACCEPT_RANGES).is_some_and(|units| units.contains("bytes")),
            encoding: header(CONTENT_ENCODING),
            is_forwarded: response.headers().contains_key(VIA),
            body: Bytes::new(),
            first_byte_after: Duration::ZERO,
        };
        let mut body = BytesMut::new();
        while body.len() < limit {
            let Some(chunk) = response.chunk().await.map_err(broken)? else { break };
            if body.is_empty() {
                probed.first_byte_after = started.elapsed();
            }
            body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]);
        }
        probed.body = body.freeze();
        Ok(probed)
    }

    /// Downloads all of a media file, and passes each chunk to `consume`.
    ///
    /// # Errors
    /// Fails if the request fails, the server refuses it, or the connection breaks.
    pub async fn read_stream(
        &self,
        name: &MediaName,
        mut consume: impl FnMut(&[u8]),
    ) -> Result<(), ClientError> {
        let mut response = self.send(self.request(Method::GET, &paths::stream(name))?).await?;
        let broken = |e: reqwest::Error| ClientError::transport(&self.base, &e);
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            consume(&chunk);
        }
        Ok(())
    }

    /// Fetches the problems of a server that is ready for traffic in spite of them, as
    /// one line for each problem.
    ///
    /// # Errors
    /// Fails if the server cannot be reached or is not ready.
    pub async fn readiness_problems(&self) -> Result<Vec<String>, ClientError> {
        let path = format!("{}?strict", paths::READYZ);
        let response = self
            .request(Method::GET, &path)?
            .send()
            .await
            .map_err(|e| ClientError::transport(&self.base, &e))?;
        let status = response.status().as_u16();
        let text = response.text().await.map_err(|e| ClientError::transport(&self.base, &e))?;
        match status {
            200 => Ok(Vec::new()),
            503 if text.starts_with("ready") => {
                let lines = text.lines().filter_map(|line| line.strip_prefix("degraded: "));
                Ok(lines.map(str::to_owned).collect())
            }
            _ => Err(ClientError::Protocol {
                status: Some(status),
                message: format!("{} is not ready ({status})", self.base),
            }),
        }
    }
}
