//! One request to one peer, signed, and its answer, proven.

use std::error::Error as _;
use std::net::SocketAddr;
use std::time::Duration;

use http::{HeaderMap, Method};
use jiff::Timestamp;
use reqwest::{Body, Client, Response, Url, redirect};

use super::Peers;
use super::key::{Asked, HEADER};

/// How long a connection may take to come about: peers are near.
const CONNECT: Duration = Duration::from_secs(1);
/// A connection whose peer is gone without a word ends after about this long.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// What a peer is asked.
pub struct Ask<'a> {
    /// Method.
    pub method: Method,
    /// Path, percent-encoded.
    pub path: &'a str,
    /// Header fields.
    pub headers: HeaderMap,
    /// What is sent along.
    pub body: Option<Body>,
    /// How long the head of the answer may take, if it is not to be waited for.
    pub patience: Option<Duration>,
}

/// Why there is no answer of a peer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It was not reached, or the connection broke.
    #[error("{0}: {1}")]
    Broken(SocketAddr, String),
    /// Nothing came in time.
    #[error("{0} does not answer")]
    Silent(SocketAddr),
    /// Somebody answered who does not have the key.
    #[error("{0} does not prove to be a peer: has it the same peer key?")]
    Stranger(SocketAddr),
    /// That is this streamer itself.
    #[error("{0} is this streamer itself")]
    Itself(SocketAddr),
}

/// The client that all calls go through.
pub(super) fn client() -> Result<Client, reqwest::Error> {
    // Only the first call in a process installs it; later ones fail harmlessly.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("ginflix-server/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .tls_certs_only([])
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .tcp_keepalive(KEEPALIVE)
        .build()
}

impl Peers {
    /// Asks one peer. An address that does not answer is asked last for a while.
    ///
    /// # Errors
    /// Where no peer answers there.
    pub async fn ask(&self, address: SocketAddr, ask: Ask<'_>) -> Result<Response, CallError> {
        let called = self.call(address, ask).await;
        match &called {
            Ok(_) => self.book().answered(address),
            Err(CallError::Itself(_)) => self.book().is_itself(address),
            Err(error) => {
                if self.book().failed(address) {
                    tracing::warn!(%error, "a peer does not answer");
                }
            }
        }
        called
    }

    async fn call(&self, address: SocketAddr, ask: Ask<'_>) -> Result<Response, CallError> {
        let Ask { method, path, headers, body, patience } = ask;
        let broken = |why: String| CallError::Broken(address, why);
        let url =
            Url::parse(&format!("http://{address}{path}")).map_err(|e| broken(e.to_string()))?;
        let asked = Asked { method: method.as_str(), path: url.path() };
        let signed =
            self.keys().sign(asked, Timestamp::now()).map_err(|e| broken(e.to_string()))?;
        let mut request =
            self.http().request(method, url).headers(headers).header(HEADER, &signed.value);
        if let Some(body) = body {
            request = request.body(body);
        }
        let sending = request.send();
        let sent = match patience {
            Some(patience) => tokio::time::timeout(patience, sending)
                .await
                .map_err(|_| CallError::Silent(address))?,
            None => sending.await,
        };
        let response = sent.map_err(|e| broken(flatten(&e)))?;
        let proof = response.headers().get(HEADER).and_then(|value| value.to_str().ok());
        match self.keys().answered_by(&signed, proof) {
            None => Err(CallError::Stranger(address)),
            Some(peer) if peer == self.keys().name() => Err(CallError::Itself(address)),
            Some(_) => Ok(response),
        }
    }
}

/// The innermost cause, which says the most.
fn flatten(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}
