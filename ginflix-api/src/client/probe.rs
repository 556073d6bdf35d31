//! Looks at how a film comes: for checks, which want to know what a player never asks.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::Method;
use reqwest::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, HeaderName, RANGE, VIA,
};

use super::{Client, ClientError};
use crate::media::MediaName;
use crate::paths;

/// What came of a request for a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamResponse {
    /// Status code.
    pub status: u16,
    /// `Content-Length`.
    pub length: Option<u64>,
    /// `Content-Range`.
    pub range: Option<String>,
    /// Whether ranges are offered.
    pub accepts_ranges: bool,
    /// `Content-Encoding`.
    pub encoding: Option<String>,
    /// Whether somebody passed it on who had not got it: `Via`.
    pub is_forwarded: bool,
    /// As much of the body as was wanted.
    pub body: Bytes,
    /// When the first byte of the body came, after the request was sent.
    pub first_byte_after: Duration,
}

impl Client {
    /// The head of a film.
    ///
    /// # Errors
    /// Where the server is not reached, or breaks off.
    pub async fn probe_head(&self, name: &MediaName) -> Result<StreamResponse, ClientError> {
        self.probe(Method::HEAD, name, None, 0).await
    }

    /// A film, or a range of it as it stands in the header; at most so much of
    /// what comes is read.
    ///
    /// # Errors
    /// Where the server is not reached, or breaks off.
    pub async fn probe_range(
        &self,
        name: &MediaName,
        range: Option<&str>,
        most: usize,
    ) -> Result<StreamResponse, ClientError> {
        self.probe(Method::GET, name, range, most).await
    }

    async fn probe(
        &self,
        method: Method,
        name: &MediaName,
        range: Option<&str>,
        most: usize,
    ) -> Result<StreamResponse, ClientError> {
        let mut request = self.call(method, &paths::stream(name))?;
        if let Some(range) = range {
            request = request.header(RANGE, range);
        }
        let broken = |e: reqwest::Error| ClientError::transport(&self.base, &e);
        let started = Instant::now();
        let mut response = request.send().await.map_err(broken)?;
        let header = |name: HeaderName| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let mut answer = StreamResponse {
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
        while body.len() < most {
            let Some(chunk) = response.chunk().await.map_err(broken)? else { break };
            if body.is_empty() {
                answer.first_byte_after = started.elapsed();
            }
            body.extend_from_slice(&chunk[..chunk.len().min(most - body.len())]);
        }
        answer.body = body.freeze();
        Ok(answer)
    }

    /// Reads a whole film, and gives what comes to `take`.
    ///
    /// # Errors
    /// Where the server is not reached, says no, or breaks off.
    pub async fn read_stream(
        &self,
        name: &MediaName,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), ClientError> {
        let mut response = self.send(self.call(Method::GET, &paths::stream(name))?).await?;
        let broken = |e: reqwest::Error| ClientError::transport(&self.base, &e);
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            take(&chunk);
        }
        Ok(())
    }

    /// What does not go as it should although the server takes traffic, a line
    /// each; nothing where all is well.
    ///
    /// # Errors
    /// Where the server is not reached, or takes no traffic.
    pub async fn readiness_problems(&self) -> Result<Vec<String>, ClientError> {
        let path = format!("{}?strict", paths::READYZ);
        let response = self
            .call(Method::GET, &path)?
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
