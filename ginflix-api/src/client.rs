//! The typed client of a GinFlix server.
//!
//! It prints nothing: progress is reported to a callback
//! ([`upload::UploadEvent`]), and failures are returned as [`ClientError`].

mod accounts;
mod backup;
mod calls;
mod collections;
mod error;
mod hls_probe;
mod imports;
mod libraries;
mod probe;
mod subtitles;
pub mod upload;

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use url::Url;

use crate::error::ErrorBody;
pub use backup::BackupReader;
pub use error::ClientError;
pub use hls_probe::{HlsRequest, HlsResponse};
pub use probe::StreamResponse;

/// The longest time to establish a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest wait for the next bytes from the server.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// A client of one server, authenticated by at most one token. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    /// The client for requests with little content. Its idle timeout is [`IDLE_TIMEOUT`].
    api: reqwest::Client,
    /// The client for requests with much content. The idle timeout of reqwest would also
    /// run while the content is sent, so this client has none, and uploads have a timeout
    /// of their own.
    uploads: reqwest::Client,
    base: Url,
}

impl Client {
    /// Creates a client of the server at `base`, such as `http://127.0.0.1:4463`.
    ///
    /// # Errors
    /// Fails if the URL is not an http or https one, the token cannot be sent in
    /// a header field, or the system's certificates cannot be read.
    pub fn new(base: Url, token: Option<&str>) -> Result<Self, ClientError> {
        // Only the first call in a process installs the provider; later ones fail harmlessly.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(ClientError::setup(format!("{base} is not an http or https URL")));
        }
        let builder = || {
            let mut headers = HeaderMap::new();
            if let Some(token) = token {
                let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                    .map_err(|_| ClientError::setup("the token has invalid characters"))?;
                value.set_sensitive(true);
                headers.insert(AUTHORIZATION, value);
            }
            let builder = reqwest::Client::builder()
                .user_agent(concat!("ginflix/", env!("CARGO_PKG_VERSION")))
                .default_headers(headers)
                .redirect(redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .tcp_nodelay(true);
            // Reading the system's certificates takes longer than a whole request.
            // Plain HTTP needs none, as redirects are not followed.
            let builder =
                if base.scheme() == "http" { builder.tls_certs_only([]) } else { builder };
            // A proxy cannot reach the loopback interface of this machine.
            Ok(if is_loopback(&base) { builder.no_proxy() } else { builder })
        };
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|e| ClientError::setup(error::flatten(&e)))
        };
        Ok(Self {
            api: build(builder()?.read_timeout(IDLE_TIMEOUT))?,
            uploads: build(builder()?)?,
            base,
        })
    }

    /// Returns the base URL of the server, as given to [`Client::new`].
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Resolves a path or location to a URL of this server.
    ///
    /// # Errors
    /// Fails if the location is not a valid one, or is on another server, which must not
    /// receive the token.
    pub fn url(&self, location: &str) -> Result<Url, ClientError> {
        let url = self.base.join(location).map_err(|e| ClientError::Protocol {
            status: None,
            message: format!("{location} is not a valid location: {e}"),
        })?;
        if url.origin() == self.base.origin() {
            return Ok(url);
        }
        Err(ClientError::Protocol {
            status: None,
            message: format!("{} sent a location on another server: {url}", self.base),
        })
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, ClientError> {
        Ok(self.api.request(method, self.url(path)?))
    }

    /// Sends a request and turns every status code but 2xx into an error.
    async fn send(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request.send().await.map_err(|e| ClientError::transport(&self.base, &e))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.unwrap_or_default();
        Err(match serde_json::from_slice::<ErrorBody>(&body) {
            Ok(body) => ClientError::Api { status: status.as_u16(), detail: body.error },
            Err(_) => ClientError::Protocol {
                status: Some(status.as_u16()),
                message: format!(
                    "{} responded with status {status}, but not in the form of a GinFlix server",
                    self.base
                ),
            },
        })
    }

    /// Sends a request and parses the content of the response as JSON.
    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let response = self.send(request).await?;
        let status = response.status().as_u16();
        let body = response.bytes().await.map_err(|e| ClientError::transport(&self.base, &e))?;
        serde_json::from_slice(&body).map_err(|e| ClientError::Protocol {
            status: Some(status),
            message: format!(
                "{} responded with status {status}, but with unexpected content: {e}",
                self.base
            ),
        })
    }
}

/// Tells whether the host of the URL is this machine. Names but `localhost` are not resolved.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(base: &str) -> Result<Client, ClientError> {
        Client::new(base.parse().unwrap(), Some("secret"))
    }

    #[test]
    fn only_http_urls_are_accepted() {
        assert!(client("http://127.0.0.1:1").is_ok());
        assert!(client("ftp://127.0.0.1").is_err());
        assert!(client("data:text/plain,x").is_err());
    }

    #[test]
    fn the_token_is_sent_to_no_other_server() {
        let client = client("http://127.0.0.1:1").unwrap();
        assert_eq!(client.url("/a/b").unwrap().as_str(), "http://127.0.0.1:1/a/b");
        assert!(client.url("http://127.0.0.1:1/a").is_ok());
        assert!(client.url("http://127.0.0.1:2/a").is_err());
        assert!(client.url("//evil.example/a").is_err());
    }

    #[test]
    fn loopback_addresses_use_no_proxy() {
        let loopback = |url: &str| is_loopback(&url.parse().unwrap());
        assert!(loopback("http://127.8.0.1/") && loopback("http://[::1]:1/"));
        assert!(loopback("http://localhost/") && !loopback("http://10.0.0.1/"));
    }
}
