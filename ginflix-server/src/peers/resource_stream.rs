//! The response of a peer to a client's request for a playlist or segment, which is passed on as it is.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::poll_fn;
use http::header::{
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderName, Method};
use reqwest::Response;
use tokio::sync::mpsc;

use super::Peers;
use super::client::{PeerRequest, PeerRequestError};
use super::find::MediaHolder;
use crate::metrics::PeerTraffic;

/// Time until the header section of the response has to be received: a peer may wait until the index of a file is made.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);
/// Time within which a peer has to send the next bytes of a response.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Chunks that are buffered between a peer and a client; more would only cost memory.
const CHUNK_QUEUE_CAPACITY: usize = 4;
/// The header fields of the client that the peer evaluates (RFC 9110, sections 13.1 and 14.2).
const FORWARDED: [HeaderName; 6] =
    [IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE];

impl Peers {
    /// Sends a client's request to the peer that has a media file. `target` is the path and query at the peer.
    ///
    /// # Errors
    /// The peer does not respond.
    pub async fn open_resource(
        &self,
        holder: &MediaHolder,
        method: &Method,
        target: &str,
        fields: &HeaderMap,
    ) -> Result<Response, PeerRequestError> {
        let forwarded = FORWARDED.iter().filter_map(|name| Some((name.clone(), fields.get(name)?)));
        let headers = forwarded.map(|(name, value)| (name, value.clone())).collect();
        let (method, timeout) = (method.clone(), Some(RESPONSE_TIMEOUT));
        let request = PeerRequest { method, path: target, headers, body: None, timeout };
        let response = self.send(holder.address, request).await;
        response.inspect_err(|_| self.metrics().record_peer_failure(PeerTraffic::Proxied))
    }

    /// Streams the body of a response. If the peer fails, the stream ends with an error, so that the client does not take
    /// it for complete, and requests the segment again.
    pub fn resource_body(
        &self,
        mut response: Response,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
        let (to_client, mut from_peer) = mpsc::channel(CHUNK_QUEUE_CAPACITY);
        let metrics = self.metrics().clone();
        tokio::spawn(async move {
            loop {
                let chunk = match tokio::time::timeout(READ_TIMEOUT, response.chunk()).await {
                    Ok(Ok(None)) => return,
                    Ok(Ok(Some(chunk))) => {
                        metrics.add_peer_bytes(PeerTraffic::Proxied, chunk.len() as u64);
                        Ok(chunk)
                    }
                    Ok(Err(error)) => Err(io::Error::other(error)),
                    Err(_) => Err(io::ErrorKind::TimedOut.into()),
                };
                let is_end = chunk.is_err();
                if is_end {
                    metrics.record_peer_failure(PeerTraffic::Proxied);
                }
                if to_client.send(chunk).await.is_err() || is_end {
                    return;
                }
            }
        });
        poll_fn(move |context| from_peer.poll_recv(context))
    }
}
