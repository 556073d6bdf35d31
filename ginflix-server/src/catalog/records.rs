//! The records that are read from rows of either database.

use ginflix_api::audit::AuditEntry;
use ginflix_api::media::Media;
use ginflix_api::movie::{Movie, MovieId};
use ginflix_api::paths;
use ginflix_api::views::{MovieViews, NotCounted, ViewExplanation};

use super::columns::{damaged, from_json, from_word, media_name};
use super::rows::{FromRow, Row};
use super::store::{
    Account, Credential, DesiredMedia, ListedMovie, PlaybackRecord, Poster, ReplicaRecord, Result,
    SortKey, Streamer, StreamerRecord,
};

/// Columns of [`Media`].
pub const MEDIA: &str = "name, size_bytes, sha256, content_type, duration_seconds, created_at";
/// Columns of [`ReplicaRecord`].
pub const REPLICA: &str = "media, streamer, sha256, state, problem, check_round, verified_at";
/// Columns of [`PlaybackRecord`].
pub const PLAYBACK: &str = "id, movie_id, started_at, reported_at, needed_seconds, played, \
    watched_seconds, counted_at, reason";
/// Columns of [`Account`].
pub const ACCOUNT: &str = "id, name, role, password_hash, created_at";
/// Columns of [`Credential`].
pub const CREDENTIAL: &str = "secret_sha256, kind, name, account, role, created_at, expires_at";
/// Columns of [`AuditEntry`].
pub const AUDIT: &str = "id, at, who, is_token, action, target, client, request_id, answered";

/// A row of [`super::listing::COLUMNS`].
impl FromRow for Movie {
    fn from_row(row: &impl Row) -> Result<Self> {
        let id = MovieId(row.cell(0)?);
        let media = media_name(row.cell(7)?)?;
        let poster: Option<String> = row.cell(14)?;
        Ok(Self {
            id,
            title: row.cell(1)?,
            description: row.cell(2)?,
            year: row.cell::<Option<i32>>(3)?.map(|year| year as u16),
            genres: row.names(4)?,
            directors: row.names(5)?,
            cast: row.names(6)?,
            stream_path: paths::stream(&media),
            media,
            version: row.count(8)?,
            created_at: row.time(9)?,
            updated_at: row.time(10)?,
            content_type: row.cell(11)?,
            size_bytes: row.cell::<Option<i64>>(12)?.map(|bytes| bytes as u64),
            duration_seconds: row.cell(13)?,
            poster_path: poster.map(|sha256| paths::poster_version(id, &sha256)),
            views: row.count(15)?,
        })
    }
}

/// A row of [`super::listing::list`].
impl FromRow for ListedMovie {
    fn from_row(row: &impl Row) -> Result<Self> {
        let movie = Movie::from_row(row)?;
        let key: Option<String> = row.cell(16)?;
        Ok(Self { place: SortKey { key: key.unwrap_or_default(), id: movie.id }, movie })
    }
}

/// Columns `content_type, bytes, sha256`.
impl FromRow for Poster {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(Self { content_type: row.cell(0)?, bytes: row.cell(1)?, sha256: row.cell(2)? })
    }
}

impl FromRow for Media {
    fn from_row(row: &impl Row) -> Result<Self> {
        let name = media_name(row.cell(0)?)?;
        Ok(Self {
            stream_path: paths::stream(&name),
            name,
            size_bytes: row.count(1)?,
            sha256: row.cell(2)?,
            content_type: row.cell(3)?,
            duration_seconds: row.cell(4)?,
            created_at: row.time(5)?,
        })
    }
}

/// Columns [`MEDIA`] and `check_round`.
impl FromRow for DesiredMedia {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(Self { media: Media::from_row(row)?, check_round: row.count(6)? })
    }
}

impl FromRow for ReplicaRecord {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(Self {
            media: media_name(row.cell(0)?)?,
            streamer: row.cell(1)?,
            sha256: row.cell(2)?,
            state: row.word(3)?,
            problem: row.cell(4)?,
            check_round: row.count(5)?,
            verified_at: row.time_or_null(6)?,
        })
    }
}

/// Columns [`REPLICA`], and whether the copy was checked as often as asked for.
impl FromRow for (ReplicaRecord, bool) {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok((ReplicaRecord::from_row(row)?, row.cell(7)?))
    }
}

/// Columns `name, address, version, used_bytes, free_bytes, seen_at`, then the
/// number of whole copies and their bytes.
impl FromRow for Streamer {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(Self {
            record: StreamerRecord {
                name: row.cell(0)?,
                address: row.cell(1)?,
                version: row.cell(2)?,
                used_bytes: row.count(3)?,
                free_bytes: row.count(4)?,
                seen_at: row.time(5)?,
            },
            media: row.count(6)?,
            media_bytes: row.count(7)?,
        })
    }
}

impl FromRow for PlaybackRecord {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(Self {
            id: row.cell(0)?,
            movie_id: MovieId(row.cell(1)?),
            started_at: row.time(2)?,
            reported_at: row.time_or_null(3)?,
            needed_seconds: row.cell(4)?,
            played: from_json(row.cell(5)?)?,
            watched_seconds: row.cell(6)?,
            counted_at: row.time_or_null(7)?,
            reason: row.cell::<Option<String>>(8)?.map(from_word).transpose()?,
        })
    }
}

/// Columns `movie_id, title, views, last_viewed_at`.
impl FromRow for MovieViews {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(Self {
            movie_id: MovieId(row.cell(0)?),
            title: row.cell(1)?,
            views: row.count(2)?,
            last_viewed_at: row.time_or_null(3)?,
        })
    }
}

impl FromRow for Account {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(Self {
            id: row.cell(0)?,
            name: row.cell(1)?,
            role: row.word(2)?,
            password_hash: row.cell(3)?,
            created_at: row.time(4)?,
        })
    }
}

impl FromRow for Credential {
    fn from_row(row: &impl Row) -> Result<Self> {
        let secret: Vec<u8> = row.cell(0)?;
        Ok(Self {
            secret_sha256: secret.try_into().map_err(|_| damaged("a hash of another length"))?,
            kind: row.word(1)?,
            name: row.cell(2)?,
            account: row.cell(3)?,
            role: row.word(4)?,
            created_at: row.time(5)?,
            expires_at: row.time_or_null(6)?,
        })
    }
}

impl FromRow for AuditEntry {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok(Self {
            id: row.cell(0)?,
            at: row.time(1)?,
            who: row.cell(2)?,
            is_token: row.cell(3)?,
            action: row.cell(4)?,
            target: row.cell(5)?,
            client: row.cell::<String>(6)?.parse().map_err(damaged)?,
            request_id: row.cell(7)?,
            answered: row.cell(8)?,
        })
    }
}

/// How many playbacks of a movie there are for each reason.
pub type ByReason = (Option<String>, u64);

/// Columns `reason, count(*)`.
impl FromRow for ByReason {
    fn from_row(row: &impl Row) -> Result<Self> {
        Ok((row.cell(0)?, row.count(1)?))
    }
}

/// Sums up the playbacks of a movie; those without a reason counted.
pub fn explanation(
    id: MovieId,
    title: String,
    by_reason: Vec<ByReason>,
) -> Result<ViewExplanation> {
    let playbacks = by_reason.iter().map(|(_, playbacks)| playbacks).sum();
    let mut explanation =
        ViewExplanation { movie_id: id, title, playbacks, counted: 0, not_counted: Vec::new() };
    for (reason, playbacks) in by_reason {
        match reason {
            None => explanation.counted = playbacks,
            Some(reason) => {
                explanation.not_counted.push(NotCounted { reason: from_word(reason)?, playbacks });
            }
        }
    }
    Ok(explanation)
}
