//! What streamers sent to which client, and the judgement of playbacks by it.

use async_trait::async_trait;
use ginflix_api::media::MediaName;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{PlaybackRecord, Result};

/// How far the clocks of two servers may differ.
pub const CLOCK_SLACK: SignedDuration = SignedDuration::from_secs(1);
/// The period in which the views that count within a limit are limited.
pub const LIMIT_PERIOD: SignedDuration = SignedDuration::from_hours(1);

/// The keyed hash of a client's address. The address itself is never stored.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct ClientHash(pub Uuid);

impl ClientHash {
    /// All clients that are not known, which share the limits of one.
    pub const UNKNOWN: Self = Self(Uuid::nil());
}

/// An amount of what was sent to one client of one media file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SentAmount {
    /// The bytes of response bodies: of the file itself, and of its HLS segments and playlists.
    pub bytes: u64,
    /// The responses with such a body, complete or partial.
    pub responses: u64,
    /// The responses that the client's copy is still current (304).
    pub revalidations: u64,
}

/// The total that a streamer sent to one client of one media file within one bucket of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The client.
    pub client: ClientHash,
    /// The name of the media file.
    pub media: String,
    /// The begin of the bucket.
    pub bucket: Timestamp,
    /// The amount.
    pub sent: SentAmount,
}

/// A stored [`Delivered`], and how much of it views have used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// The name of the streamer; empty for a server that is the only one.
    pub streamer: String,
    /// What it sent.
    pub delivered: Delivered,
    /// The part that paid for views already.
    pub spent: SentAmount,
}

/// The time for which everything that a streamer sent is in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamerCoverage {
    /// The name of the streamer; empty for a server that is the only one.
    pub streamer: String,
    /// The begin of that time: the start of the process, or when it last lost evidence.
    pub from: Timestamp,
    /// The end of that time, which moves on with each report.
    pub until: Timestamp,
}

/// Playbacks that await evidence, and all that a judgement of them depends on.
#[derive(Debug, Default)]
pub struct JudgementBatch {
    /// The playbacks, in the order in which they became eligible.
    pub playbacks: Vec<PlaybackRecord>,
    /// What was sent to their clients of their media files, oldest first.
    pub evidence: Vec<EvidenceRow>,
    /// The clients and times of views that counted within limits, instead of by what was sent:
    /// those of these clients since [`LIMIT_PERIOD`] before the first of these playbacks.
    pub limited: Vec<(ClientHash, Timestamp)>,
    /// The streamers.
    pub coverage: Vec<StreamerCoverage>,
}

/// A rule that judges all playbacks of a batch, and marks the evidence that it uses up as spent.
pub type JudgementRule = fn(&mut JudgementBatch);

/// Which playbacks to judge, and how.
#[derive(Debug, Clone)]
pub struct Judgements {
    /// Only playbacks that became eligible by then are judged.
    pub eligible_until: Timestamp,
    /// The streamers, as read before.
    pub coverage: Vec<StreamerCoverage>,
    /// The most playbacks to judge.
    pub limit: u32,
    /// The rule.
    pub rule: JudgementRule,
}

/// Stores what streamers sent, and judges playbacks by it.
#[async_trait]
pub trait EvidenceStore: Send + Sync + 'static {
    /// Returns the key of client hashes, the same for all servers of the catalogue. Stores
    /// `candidate` if there is none.
    async fn client_key(&self, candidate: &[u8]) -> Result<Vec<u8>>;
    /// Records what a streamer sent, replacing the amounts of the same buckets, and then its
    /// coverage if that is given.
    async fn put_evidence(
        &self,
        streamer: &str,
        delivered: &[Delivered],
        coverage: Option<&StreamerCoverage>,
    ) -> Result<()>;
    /// Deletes the coverage of a streamer that has reported everything and sends no more.
    async fn delete_coverage(&self, streamer: &str) -> Result<()>;
    /// Returns the coverage of all streamers.
    async fn coverage(&self) -> Result<Vec<StreamerCoverage>>;
    /// Returns when the latest of the playbacks became eligible that await evidence; `None` if
    /// there are none.
    async fn latest_awaiting(&self) -> Result<Option<Timestamp>>;
    /// Judges playbacks that await evidence, in one transaction, and adds the views. Returns how
    /// many were judged; 0 if another server is judging.
    async fn judge(&self, judgements: &Judgements) -> Result<usize>;
    /// Deletes buckets and coverage from before `evidence`, and the client hashes of playbacks that
    /// were started before `clients`. Writes nothing if there are none.
    async fn delete_old_evidence(&self, evidence: Timestamp, clients: Timestamp) -> Result<()>;
}

impl EvidenceRow {
    /// Returns what is left of the amount.
    pub fn left(&self) -> SentAmount {
        let (sent, spent) = (&self.delivered.sent, &self.spent);
        SentAmount {
            bytes: sent.bytes.saturating_sub(spent.bytes),
            responses: sent.responses.saturating_sub(spent.responses),
            revalidations: sent.revalidations.saturating_sub(spent.revalidations),
        }
    }

    /// Returns the key by which a playback finds its evidence.
    pub fn key(&self) -> (ClientHash, &str) {
        (self.delivered.client, &self.delivered.media)
    }
}

impl PlaybackRecord {
    /// Returns the client, or the one that stands for all that are not known.
    pub fn client_or_unknown(&self) -> ClientHash {
        self.client.unwrap_or(ClientHash::UNKNOWN)
    }

    /// Returns the name of the media file as text; empty if it is not known.
    pub fn media_text(&self) -> &str {
        self.media.as_ref().map_or("", MediaName::as_str)
    }
}
