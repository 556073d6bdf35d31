//! The bytes of a media file from peers: where one fails, another continues at that byte.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::poll_fn;
use ginflix_api::media::MediaName;
use ginflix_api::paths;
use http::header::{CONTENT_RANGE, IF_MATCH, RANGE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Response;
use tokio::sync::mpsc;

use super::Peers;
use super::client::PeerRequest;
use super::find::{MediaHolder, PEER_SHA256, PeerLookup};
use crate::delivery::segments::{Segment, Segments};
use crate::metrics::PeerTraffic;

/// Time until the header section of a response has to be received.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Time within which a peer has to send the next bytes of a response.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Chunks that are buffered between a peer and a client; more would only cost memory.
const CHUNK_QUEUE_CAPACITY: usize = 4;
/// Further lookups of a peer that can continue, without having received a byte in between.
const RETRY_LIMIT: u32 = 6;
/// Half of the delay before the first retry; it doubles with each further one.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// The content of a response: one range of a media file.
pub struct PeerBody {
    response: Response,
    remaining: u64,
}

impl PeerBody {
    /// Returns the next chunk; `None` after the last byte of the range.
    ///
    /// # Errors
    /// The connection broke, ended early, or was silent for `READ_TIMEOUT`.
    pub async fn next_chunk(&mut self) -> io::Result<Option<Bytes>> {
        if self.remaining == 0 {
            return Ok(None);
        }
        let next = tokio::time::timeout(READ_TIMEOUT, self.response.chunk()).await;
        let mut chunk = match next {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Err(error)) => return Err(io::Error::other(error)),
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        };
        if chunk.len() as u64 > self.remaining {
            chunk.truncate(self.remaining as usize);
        }
        self.remaining -= chunk.len() as u64;
        Ok(Some(chunk))
    }
}

impl Peers {
    /// Requests a range of a media file from a peer, if its copy is still the one that was found
    /// there (`If-Match`, RFC 9110, section 13.1.1). With `sha256`, the copy must also have that
    /// content. `range` must not be empty.
    ///
    /// # Errors
    /// The peer does not respond, or its copy is another one.
    pub async fn open_range(
        &self,
        name: &MediaName,
        holder: &MediaHolder,
        sha256: Option<&str>,
        range: &Range<u64>,
    ) -> io::Result<PeerBody> {
        let (first, last) = (range.start, range.end - 1);
        let value = |text: &str| HeaderValue::from_str(text).map_err(io::Error::other);
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, value(&format!("bytes={first}-{last}"))?);
        headers.insert(IF_MATCH, value(&holder.etag)?);
        if let Some(sha256) = sha256 {
            headers.insert(PEER_SHA256, value(sha256)?);
        }
        let path = paths::peer_media(name);
        let timeout = Some(RESPONSE_TIMEOUT);
        let request =
            PeerRequest { method: Method::GET, path: &path, headers, body: None, timeout };
        let response = self.send(holder.address, request).await.map_err(io::Error::other)?;
        let received = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
        let requested = format!("bytes {first}-{last}/{}", holder.size);
        if response.status() != StatusCode::PARTIAL_CONTENT || received != Some(requested.as_str())
        {
            let status = response.status();
            return Err(io::Error::other(format!("{} responded {status}", holder.address)));
        }
        Ok(PeerBody { response, remaining: range.end - range.start })
    }

    /// Streams ranges of a media file, with the text of a multipart body between them. If no peer
    /// can continue, the stream ends with an error, so that the client does not take it for
    /// complete.
    pub fn media_body(
        &self,
        name: MediaName,
        holder: MediaHolder,
        segments: Segments,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
        let (to_client, mut from_peer) = mpsc::channel(CHUNK_QUEUE_CAPACITY);
        let mut relay = Relay { peers: self.clone(), name, holder, failed: Vec::new(), to_client };
        tokio::spawn(async move {
            if let Err(error) = relay.send(segments).await {
                let _ = relay.to_client.send(Err(error)).await;
            }
        });
        poll_fn(move |context| from_peer.poll_recv(context))
    }
}

/// Relays a media file from peers to one client.
struct Relay {
    peers: Peers,
    name: MediaName,
    /// The peer that is read from.
    holder: MediaHolder,
    /// Peers that failed since the last byte was received.
    failed: Vec<SocketAddr>,
    to_client: mpsc::Sender<io::Result<Bytes>>,
}

/// The result of looking for a peer that can continue a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NextHolder {
    /// There is one.
    Found,
    /// There is none.
    None,
    /// Some peers did not respond.
    Unknown,
}

/// The client closed the connection, so that nobody needs an error.
struct ClientGone;

impl Relay {
    async fn send(&mut self, segments: Segments) -> io::Result<()> {
        for segment in segments {
            let sent = match segment {
                Segment::Bytes(bytes) => {
                    self.to_client.send(Ok(bytes)).await.map_err(|_| ClientGone)
                }
                Segment::FileRange(range) => self.send_range(range).await?,
            };
            if sent.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sends a range, from one peer after the other. The outer error is that of the last peer; the
    /// inner one says that the client closed the connection.
    async fn send_range(&mut self, mut range: Range<u64>) -> io::Result<Result<(), ClientGone>> {
        let mut retries = 0;
        while range.start < range.end {
            let start = range.start;
            let error = match self.send_from_holder(&mut range).await {
                Ok(Ok(())) => continue,
                Ok(Err(gone)) => return Ok(Err(gone)),
                Err(error) => error,
            };
            tracing::info!(media = %self.name, peer = %self.holder.address, %error,
                at = range.start, "a transfer from a peer broke off; trying another peer");
            self.peers.metrics().record_peer_failure(PeerTraffic::Proxied);
            if range.start > start {
                (retries, self.failed) = (0, Vec::new());
            }
            self.failed.push(self.holder.address);
            let mut next = self.find_another_holder().await;
            while next != NextHolder::Found {
                // The peers that failed a moment ago are asked as well. If all respond and none has
                // this content any more, waiting is of no use.
                self.failed.clear();
                next = self.find_another_holder().await;
                if next == NextHolder::None || retries == RETRY_LIMIT {
                    return Err(error);
                }
                retries += 1;
                tokio::time::sleep(RETRY_DELAY * 2u32.pow(retries)).await;
            }
        }
        Ok(Ok(()))
    }

    /// Sends what the current peer has of `range`, and advances its start by that.
    async fn send_from_holder(
        &mut self,
        range: &mut Range<u64>,
    ) -> io::Result<Result<(), ClientGone>> {
        let mut body = self.peers.open_range(&self.name, &self.holder, None, range).await?;
        while let Some(chunk) = body.next_chunk().await? {
            let length = chunk.len() as u64;
            if self.to_client.send(Ok(chunk)).await.is_err() {
                return Ok(Err(ClientGone));
            }
            range.start += length;
            self.peers.metrics().add_peer_bytes(PeerTraffic::Proxied, length);
        }
        Ok(Ok(()))
    }

    /// Switches to another peer whose copy has the same validators.
    async fn find_another_holder(&mut self) -> NextHolder {
        self.peers.forget_media(&self.name);
        loop {
            match self.peers.find_media_except(&self.name, None, &self.failed).await {
                PeerLookup::Found(other)
                    if (other.size, &other.etag) == (self.holder.size, &self.holder.etag) =>
                {
                    self.holder = other;
                    return NextHolder::Found;
                }
                PeerLookup::Found(other) => self.failed.push(other.address),
                PeerLookup::NotFound => return NextHolder::None,
                PeerLookup::Unknown => return NextHolder::Unknown,
            }
        }
    }
}
