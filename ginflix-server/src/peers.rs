//! Other streamers: where they are, how they know each other, who has what.
//!
//! # Layout
//! - [`book`]: where they listen, as settings name it and the name service says
//! - [`key`]: how peers prove to each other that they are peers
//! - [`call`]: one request to one peer; [`find`]: who has a film or an upload
//! - [`remote`]: a film's bytes from peers

pub mod book;
pub mod call;
pub mod find;
pub mod key;
pub mod remote;

use std::sync::Arc;
use std::time::Duration;

use self::book::Book;
use self::find::Memory;
use self::key::PeerKeys;
use crate::metrics::Metrics;
use crate::peer_address::PeerAddress;

/// How often addresses are looked up.
const ROUND: Duration = Duration::from_secs(2);

/// All other streamers; cheap to clone.
#[derive(Clone)]
pub struct Peers(Arc<Shared>);

struct Shared {
    book: Book,
    keys: PeerKeys,
    http: reqwest::Client,
    memory: Memory,
    metrics: Metrics,
}

impl Peers {
    /// The streamers at these addresses that have the same keys.
    ///
    /// # Errors
    /// Where the client cannot be set up.
    pub fn new(
        named: Vec<PeerAddress>,
        keys: PeerKeys,
        metrics: Metrics,
    ) -> Result<Self, reqwest::Error> {
        let (book, memory) = (Book::new(named), Memory::default());
        Ok(Self(Arc::new(Shared { book, keys, http: call::client()?, memory, metrics })))
    }

    /// Looks the peers' names up, for a moment at most.
    pub async fn look_up(&self) {
        let _ = tokio::time::timeout(ROUND, self.0.book.look_up()).await;
    }

    /// Looks them up again and again, until dropped.
    pub async fn keep_looking_up(self) {
        loop {
            tokio::time::sleep(ROUND).await;
            self.0.book.look_up().await;
        }
    }

    /// How peers know each other.
    pub fn keys(&self) -> &PeerKeys {
        &self.0.keys
    }

    fn book(&self) -> &Book {
        &self.0.book
    }

    fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    fn memory(&self) -> &Memory {
        &self.0.memory
    }

    /// Where what goes on between peers is counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
}
