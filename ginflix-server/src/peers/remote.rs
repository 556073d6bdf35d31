//! A film's bytes from peers: where one fails, another goes on at that byte.

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
use super::call::Ask;
use super::find::{Found, Holder, WANTED_SHA256};
use crate::delivery::segments::{Segment, Segments};
use crate::metrics::PeerTraffic;

/// How long the head of an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// A peer that sends nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(10);
/// Pieces between a peer and a client; more only costs memory.
const MOST_PIECES: usize = 4;
/// How often, without a byte in between, all peers may turn out to be of no use.
const MOST_ROUNDS: u32 = 6;
/// Before the second round; each later one waits twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// Bytes of a film as a peer sends them.
pub struct Incoming {
    response: Response,
    left: u64,
}

impl Incoming {
    /// The next of them; `None` when all are there.
    ///
    /// # Errors
    /// Where the connection broke, ended early or fell silent.
    pub async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if self.left == 0 {
            return Ok(None);
        }
        let next = tokio::time::timeout(SILENCE, self.response.chunk()).await;
        let mut bytes = match next {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Err(error)) => return Err(io::Error::other(error)),
            Err(_) => return Err(io::ErrorKind::TimedOut.into()),
        };
        if bytes.len() as u64 > self.left {
            bytes.truncate(self.left as usize);
        }
        self.left -= bytes.len() as u64;
        Ok(Some(bytes))
    }
}

impl Peers {
    /// Asks a peer for a part of the film as it was found there, perhaps only
    /// of this very content.
    ///
    /// # Errors
    /// Where it does not answer, or has another state of the film.
    pub async fn part(
        &self,
        name: &MediaName,
        holder: &Holder,
        sha256: Option<&str>,
        part: &Range<u64>,
    ) -> io::Result<Incoming> {
        let (first, last) = (part.start, part.end - 1);
        let value = |text: &str| HeaderValue::from_str(text).map_err(io::Error::other);
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, value(&format!("bytes={first}-{last}"))?);
        headers.insert(IF_MATCH, value(&holder.etag)?);
        if let Some(sha256) = sha256 {
            headers.insert(WANTED_SHA256, value(sha256)?);
        }
        let path = paths::peer_media(name);
        let patience = Some(PATIENCE);
        let ask = Ask { method: Method::GET, path: &path, headers, body: None, patience };
        let response = self.ask(holder.address, ask).await.map_err(io::Error::other)?;
        let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
        let wanted = format!("bytes {first}-{last}/{}", holder.size);
        if response.status() != StatusCode::PARTIAL_CONTENT || range != Some(wanted.as_str()) {
            let status = response.status();
            return Err(io::Error::other(format!("{} answered {status}", holder.address)));
        }
        Ok(Incoming { response, left: part.end - part.start })
    }

    /// A body made of parts of a film and text between them. Where no peer can
    /// go on it ends with an error, so that nobody takes it for the whole.
    pub fn body(
        &self,
        name: MediaName,
        holder: Holder,
        segments: Segments,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
        let (to_client, mut from_peer) = mpsc::channel(MOST_PIECES);
        let mut relay = Relay { peers: self.clone(), name, holder, failed: Vec::new(), to_client };
        tokio::spawn(async move {
            if let Err(error) = relay.send(segments).await {
                let _ = relay.to_client.send(Err(error)).await;
            }
        });
        poll_fn(move |context| from_peer.poll_recv(context))
    }
}

struct Relay {
    peers: Peers,
    name: MediaName,
    holder: Holder,
    /// Peers that are of no use at the moment.
    failed: Vec<SocketAddr>,
    to_client: mpsc::Sender<io::Result<Bytes>>,
}

/// The client has gone: there is nobody left to tell.
struct Gone;

impl Relay {
    async fn send(&mut self, segments: Segments) -> io::Result<()> {
        for segment in segments {
            let sent = match segment {
                Segment::Bytes(bytes) => self.to_client.send(Ok(bytes)).await.map_err(|_| Gone),
                Segment::FileRange(part) => self.send_part(part).await?,
            };
            if sent.is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn send_part(&mut self, mut part: Range<u64>) -> io::Result<Result<(), Gone>> {
        let mut rounds = 0;
        while part.start < part.end {
            let start = part.start;
            let error = match self.relay(&mut part).await {
                Ok(Ok(())) => continue,
                Ok(Err(gone)) => return Ok(Err(gone)),
                Err(error) => error,
            };
            tracing::info!(media = %self.name, peer = %self.holder.address, %error, at = part.start,
                "a peer broke off; looking for another to go on");
            self.peers.metrics().record_peer_failure(PeerTraffic::Proxied);
            if part.start > start {
                (rounds, self.failed) = (0, Vec::new());
            }
            self.failed.push(self.holder.address);
            while !self.find_another().await {
                rounds += 1;
                if rounds > MOST_ROUNDS {
                    return Err(error);
                }
                self.failed.clear();
                tokio::time::sleep(PAUSE * 2u32.pow(rounds)).await;
            }
        }
        Ok(Ok(()))
    }

    /// Hands on what one peer sends, and takes it off the part.
    async fn relay(&mut self, part: &mut Range<u64>) -> io::Result<Result<(), Gone>> {
        let mut incoming = self.peers.part(&self.name, &self.holder, None, part).await?;
        while let Some(bytes) = incoming.next().await? {
            let length = bytes.len() as u64;
            if self.to_client.send(Ok(bytes)).await.is_err() {
                return Ok(Err(Gone));
            }
            part.start += length;
            self.peers.metrics().add_peer_bytes(PeerTraffic::Proxied, length);
        }
        Ok(Ok(()))
    }

    /// Another peer that has the same state of the film.
    async fn find_another(&mut self) -> bool {
        self.peers.forget_media(&self.name);
        loop {
            match self.peers.find_media_but(&self.name, None, &self.failed).await {
                Found::At(other)
                    if (other.size, &other.etag) == (self.holder.size, &self.holder.etag) =>
                {
                    self.holder = other;
                    return true;
                }
                Found::At(other) => self.failed.push(other.address),
                Found::Nowhere | Found::Unsure => return false,
            }
        }
    }
}
