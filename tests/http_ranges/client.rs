//! Requests over a chosen version of HTTP.

use std::net::SocketAddr;

use bytes::Bytes;
use ginflix_tests::http::client_builder;
use reqwest::header::HeaderMap;

use super::comparison::MediaFile;
use super::row::{self, ETAG, Row};

/// The version of HTTP of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2; without TLS, with prior knowledge (RFC 9113, section 3.3).
    Http2,
}

/// A client of one server.
pub struct Client {
    http: reqwest::Client,
    version: reqwest::Version,
    base: String,
}

/// A response that has arrived completely.
pub struct Response {
    pub status: u16,
    pub fields: HeaderMap,
    pub content: Bytes,
}

impl Client {
    /// Creates a client of the server at this address. With TLS, it trusts every certificate.
    pub fn new(transport: Transport, address: SocketAddr, is_tls: bool) -> Self {
        let (builder, version) = match transport {
            Transport::Http1 => (client_builder().http1_only(), reqwest::Version::HTTP_11),
            Transport::Http2 => {
                (client_builder().http2_prior_knowledge(), reqwest::Version::HTTP_2)
            }
        };
        // No connection is used again: after some errors nginx closes it, and the next request would fail.
        let builder = builder.pool_max_idle_per_host(0);
        let http = builder.tls_danger_accept_invalid_certs(is_tls).build().unwrap();
        let scheme = if is_tls { "https" } else { "http" };
        Self { http, version, base: format!("{scheme}://{address}/stream/") }
    }

    /// Returns a file of the server, which has these bytes.
    pub async fn file(&self, name: &'static str, bytes: Vec<u8>) -> MediaFile {
        let row = row::get("the file", &[], row::Expected::Whole).of(name).head();
        let response = self.send(&row, "").await;
        let etag = response.field("etag").unwrap_or_else(|| panic!("{name} has no entity tag"));
        MediaFile { bytes, etag }
    }

    /// Sends the request of a row. Each version of HTTP must be the one that was chosen.
    pub async fn send(&self, row: &Row, etag: &str) -> Response {
        let url = format!("{}{}", self.base, row.target);
        let request = row
            .fields
            .iter()
            .fold(self.http.request(row.method.clone(), url), |request, (name, value)| {
                request.header(*name, value.replace(ETAG, etag))
            });
        let response = request.send().await.unwrap_or_else(|error| panic!("{}: {error}", row.name));
        assert_eq!(response.version(), self.version);
        let (status, fields) = (response.status().as_u16(), response.headers().clone());
        let content =
            response.bytes().await.unwrap_or_else(|error| panic!("{}: {error}", row.name));
        Response { status, fields, content }
    }
}

impl Response {
    /// Returns the value of a header field, if there is exactly one.
    pub fn field(&self, name: &str) -> Option<String> {
        let mut values = self.fields.get_all(name).iter();
        let value = values.next()?.to_str().unwrap().to_owned();
        assert!(values.next().is_none(), "{name} is there twice");
        Some(value)
    }
}
