//! One signed request to one peer, and verification of its response.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, Method};
use jiff::Timestamp;
use reqwest::{Body, Client, Response, Url, redirect};

use super::Peers;
use super::key::{PEER_SIGNATURE, SignableRequest};

/// Time for establishing a connection; peers are in the same network.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Idle time before TCP keepalive probes are sent, so that a connection to a crashed machine ends.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// A request to a peer.
pub struct PeerRequest<'a> {
    /// The method.
    pub method: Method,
    /// The path, percent-encoded.
    pub path: &'a str,
    /// Header fields, without the signature.
    pub headers: HeaderMap,
    /// The content, if there is any.
    pub body: Option<Body>,
    /// Time until the header section of the response has to be received; `None` for no limit.
    pub timeout: Option<Duration>,
}

/// An error of a request to a peer: there is no response, or none that can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum PeerRequestError {
    /// The peer could not be reached, or the connection broke.
    #[error("the request to {0} failed: {1}")]
    Failed(SocketAddr, String),
    /// The response did not begin within [`PeerRequest::timeout`].
    #[error("{0} did not respond in time")]
    TimedOut(SocketAddr),
    /// The response has no valid signature.
    #[error("{0} did not prove that it is a peer: check that both have the same peer key")]
    Unauthenticated(SocketAddr),
    /// The address belongs to this streamer itself.
    #[error("{0} is an address of this streamer itself")]
    IsSelf(SocketAddr),
}

/// Builds the HTTP client for all requests to peers.
pub(super) fn build() -> Result<Client, reqwest::Error> {
    // rustls needs a provider for the whole process. Only the first call installs it; later ones
    // fail harmlessly.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // Peers speak plain HTTP to each other without redirects, and directly: a proxy that the
    // environment names, and certificates of authorities, are for other connections.
    Client::builder()
        .user_agent(concat!("ginflix-server/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .tls_certs_only([])
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .tcp_keepalive(KEEPALIVE_INTERVAL)
        .build()
}

impl Peers {
    /// Sends a request to one peer. An address where that fails is tried last for some seconds.
    ///
    /// # Errors
    /// The peer cannot be reached, responds too late, or does not prove that it is a peer.
    pub async fn send(
        &self,
        address: SocketAddr,
        request: PeerRequest<'_>,
    ) -> Result<Response, PeerRequestError> {
        let result = self.send_signed(address, request).await;
        match &result {
            Ok(_) => self.directory().mark_available(address),
            Err(PeerRequestError::IsSelf(_)) => self.directory().mark_self(address),
            Err(error) => {
                if self.directory().mark_unavailable(address) {
                    tracing::warn!(%error, "a peer is not available");
                }
            }
        }
        result
    }

    async fn send_signed(
        &self,
        address: SocketAddr,
        request: PeerRequest<'_>,
    ) -> Result<Response, PeerRequestError> {
        let PeerRequest { method, path, headers, body, timeout } = request;
        let failed = |why: String| PeerRequestError::Failed(address, why);
        let url =
            Url::parse(&format!("http://{address}{path}")).map_err(|e| failed(e.to_string()))?;
        let signable = SignableRequest { method: method.as_str(), path: url.path() };
        let signature =
            self.keys().sign(signable, Timestamp::now()).map_err(|e| failed(e.to_string()))?;
        let mut builder = self
            .http()
            .request(method, url)
            .headers(headers)
            .header(PEER_SIGNATURE, &signature.value);
        if let Some(body) = body {
            builder = builder.body(body);
        }
        let pending = builder.send();
        let sent = match timeout {
            Some(timeout) => tokio::time::timeout(timeout, pending)
                .await
                .map_err(|_| PeerRequestError::TimedOut(address))?,
            None => pending.await,
        };
        let response = sent.map_err(|e| failed(root_cause(&e)))?;
        let proof = response.headers().get(PEER_SIGNATURE).and_then(|value| value.to_str().ok());
        match self.keys().verify_response(&signature, proof) {
            None => Err(PeerRequestError::Unauthenticated(address)),
            Some(peer) if peer == self.keys().name() => Err(PeerRequestError::IsSelf(address)),
            Some(_) => Ok(response),
        }
    }
}

/// Returns the text of the innermost cause: the outer ones of reqwest only repeat the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}
