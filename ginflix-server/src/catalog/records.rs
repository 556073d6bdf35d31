//! Conversion of rows to records, and the columns that each record is read from.

use ginflix_api::audit::AuditEntry;
use ginflix_api::media::Media;
use ginflix_api::movie::{Episode, Movie, MovieId};
use ginflix_api::paths;
use ginflix_api::subtitles::Subtitles;
use ginflix_api::views::{CountedBy, MovieViews, NotCounted, ViewBasis, ViewExplanation};
use jiff::Timestamp;
use uuid::Uuid;

use super::columns::{corrupt, enum_from_text, from_json, media_name};
use super::rows::{DatabaseRow, FromRow};
use super::store::{
    Account, ClientHash, Credential, Delivered, DesiredMedia, EvidenceRow, ListedMovie,
    PlaybackRecord, Poster, Preferences, ReplicaRecord, Result, SentAmount, SortKey, Streamer,
    StreamerCoverage, StreamerRecord,
};

/// The columns of [`Media`] that are written for a file on a volume.
pub const MEDIA_COLUMNS: &str =
    "name, size_bytes, sha256, content_type, duration_seconds, created_at, file_name, inspection";
/// The columns of [`Media`] that are read.
pub const MEDIA_ROW: &str = "name, size_bytes, sha256, content_type, duration_seconds, created_at, \
    file_name, inspection, library, missing_since";
/// Keeps the original name of a file that is recorded again without it, unless its content is another one.
pub const KEEP_FILE_NAME: &str = "file_name = CASE WHEN media.sha256 = excluded.sha256 \
    THEN coalesce(excluded.file_name, media.file_name) ELSE excluded.file_name END";
/// The columns of [`DesiredMedia`]: streamers read all files often, so without the inspections.
pub const DESIRED_MEDIA_COLUMNS: &str = "name, size_bytes, sha256, content_type, duration_seconds, \
    created_at, file_name, CAST(NULL AS TEXT), library, missing_since, check_round, inspection IS NOT NULL";
/// The columns of [`Subtitles`]. A missing language or title is an empty text, so that the columns of a unique index have no
/// null.
pub const SUBTITLES_COLUMNS: &str = "id, media, language, title, is_default, is_forced, \
    is_hearing_impaired, file_name, cues, sha256, created_at";
/// The columns of [`ReplicaRecord`].
pub const REPLICA_COLUMNS: &str =
    "media, streamer, sha256, state, problem, check_round, verified_at";
/// The columns of [`PlaybackRecord`].
pub const PLAYBACK_COLUMNS: &str = "id, movie_id, started_at, reported_at, needed_seconds, played, \
    watched_seconds, counted_at, reason, client, media, needed_bytes, eligible_at, basis";
/// The columns of [`EvidenceRow`].
pub const EVIDENCE_COLUMNS: &str = "client, media, bucket, streamer, bytes, responses, \
    revalidations, spent_bytes, spent_responses, spent_revalidations";
/// The columns of [`Account`].
pub const ACCOUNT_COLUMNS: &str = "id, name, role, password_hash, created_at";
/// The columns of [`Preferences`].
pub const PREFERENCES_COLUMNS: &str = "language, theme";
/// The columns of [`Credential`] that are written.
pub const CREDENTIAL_COLUMNS: &str =
    "secret_sha256, kind, name, account, role, created_at, expires_at, browser";
/// The columns of [`Credential`] that are read, and the tables they are in.
pub const CREDENTIAL_ROWS: &str = "c.secret_sha256, c.kind, c.name, c.account, c.role, c.created_at, \
    c.expires_at, a.role, c.browser, c.used_at FROM credentials c LEFT JOIN accounts a ON a.name = c.account";
/// The columns of [`AuditEntry`].
pub const AUDIT_COLUMNS: &str =
    "id, at, who, is_token, action, target, client, request_id, answered, account";

/// Reads the columns [`super::list_sql::MOVIE_COLUMNS`].
impl FromRow for Movie {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let id = MovieId(row.column(0)?);
        let media = media_name(row.column(7)?)?;
        let poster: Option<String> = row.column(14)?;
        Ok(Self {
            id,
            title: row.column(1)?,
            description: row.column(2)?,
            // Only values of a `u16` are written.
            year: row.column::<Option<i32>>(3)?.map(|year| year as u16),
            genres: row.text_list(4)?,
            directors: row.text_list(5)?,
            cast: row.text_list(6)?,
            stream_path: paths::stream(&media),
            media,
            version: row.count(8)?,
            created_at: row.time(9)?,
            updated_at: row.time(10)?,
            content_type: row.column(11)?,
            size_bytes: row.column::<Option<i64>>(12)?.map(|bytes| bytes as u64),
            duration_seconds: row.column(13)?,
            poster_path: poster.map(|sha256| paths::poster_version(id, &sha256)),
            views: row.count(15)?,
            episode: episode(row.column(16)?, row.column(17)?, row.column(18)?),
        })
    }
}

/// Returns the place in a series that three columns have. Only values of a `u16` are written.
fn episode(series: Option<String>, season: Option<i32>, number: Option<i32>) -> Option<Episode> {
    let episode = Episode {
        series,
        season: season.map(|season| season as u16),
        number: number.map(|number| number as u16),
    };
    Some(episode).filter(|episode| !episode.is_empty())
}

/// Reads a row of [`super::list_sql::list`].
impl FromRow for ListedMovie {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let movie = Movie::from_row(row)?;
        let key: Option<String> = row.column(19)?;
        Ok(Self { position: SortKey { key: key.unwrap_or_default(), id: movie.id }, movie })
    }
}

/// Reads the columns `content_type, bytes, sha256`.
impl FromRow for Poster {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self { content_type: row.column(0)?, bytes: row.column(1)?, sha256: row.column(2)? })
    }
}

/// Reads the columns [`MEDIA_COLUMNS`].
impl FromRow for Media {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let name = media_name(row.column(0)?)?;
        let library: Option<Uuid> = row.column(8)?;
        let sha256: String = row.column(2)?;
        Ok(Self {
            stream_path: paths::stream(&name),
            name,
            size_bytes: row.count(1)?,
            sha256: library.is_none().then_some(sha256),
            content_type: row.column(3)?,
            duration_seconds: row.column(4)?,
            created_at: row.time(5)?,
            file_name: row.column(6)?,
            inspection: row.column::<Option<String>>(7)?.map(from_json).transpose()?,
            library,
            missing_since: row.optional_time(9)?,
        })
    }
}

/// Reads the columns [`DESIRED_MEDIA_COLUMNS`].
impl FromRow for DesiredMedia {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            media: Media::from_row(row)?,
            sha256: row.column(2)?,
            check_round: row.count(10)?,
            is_inspected: row.column(11)?,
        })
    }
}

/// Reads the columns [`SUBTITLES_COLUMNS`].
impl FromRow for Subtitles {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let optional = |column: usize| -> Result<Option<String>> {
            Ok(Some(row.column::<String>(column)?).filter(|text| !text.is_empty()))
        };
        Ok(Self {
            id: row.column(0)?,
            media: media_name(row.column(1)?)?,
            language: optional(2)?,
            title: optional(3)?,
            default: row.column(4)?,
            forced: row.column(5)?,
            hearing_impaired: row.column(6)?,
            file_name: row.column(7)?,
            cues: row.count(8)?,
            sha256: row.column(9)?,
            created_at: row.time(10)?,
        })
    }
}

impl FromRow for ReplicaRecord {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            media: media_name(row.column(0)?)?,
            streamer: row.column(1)?,
            sha256: row.column(2)?,
            state: row.enum_value(3)?,
            problem: row.column(4)?,
            check_round: row.count(5)?,
            verified_at: row.optional_time(6)?,
        })
    }
}

/// Reads the columns [`REPLICA_COLUMNS`], and whether the copy has been verified since that was
/// last requested.
impl FromRow for (ReplicaRecord, bool) {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok((ReplicaRecord::from_row(row)?, row.column(7)?))
    }
}

/// Reads the columns `name, address, version, used_bytes, free_bytes, seen_at`, then the number
/// of complete copies and their size in bytes.
impl FromRow for Streamer {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            record: StreamerRecord {
                name: row.column(0)?,
                address: row.column(1)?,
                version: row.column(2)?,
                used_bytes: row.count(3)?,
                free_bytes: row.count(4)?,
                seen_at: row.time(5)?,
                problems: from_json(row.column(6)?)?,
            },
            media: row.count(7)?,
            media_bytes: row.count(8)?,
        })
    }
}

impl FromRow for PlaybackRecord {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            id: row.column(0)?,
            movie_id: MovieId(row.column(1)?),
            started_at: row.time(2)?,
            reported_at: row.optional_time(3)?,
            needed_seconds: row.column(4)?,
            played: from_json(row.column(5)?)?,
            watched_seconds: row.column(6)?,
            counted_at: row.optional_time(7)?,
            reason: row.column::<Option<String>>(8)?.map(enum_from_text).transpose()?,
            client: row.column::<Option<Uuid>>(9)?.map(ClientHash),
            media: row.column::<Option<String>>(10)?.map(media_name).transpose()?,
            needed_bytes: row.column::<Option<i64>>(11)?.unwrap_or_default() as u64,
            eligible_at: row.optional_time(12)?,
            basis: row.column::<Option<String>>(13)?.map(enum_from_text).transpose()?,
        })
    }
}

/// Reads the columns [`EVIDENCE_COLUMNS`].
impl FromRow for EvidenceRow {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let amount = |first: usize| -> Result<SentAmount> {
            Ok(SentAmount {
                bytes: row.count(first)?,
                responses: row.count(first + 1)?,
                revalidations: row.count(first + 2)?,
            })
        };
        let delivered = Delivered {
            client: ClientHash(row.column(0)?),
            media: row.column(1)?,
            bucket: row.time(2)?,
            sent: amount(4)?,
        };
        Ok(Self { streamer: row.column(3)?, delivered, spent: amount(7)? })
    }
}

/// Reads the columns `streamer, covers_from, covers_until`.
impl FromRow for StreamerCoverage {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self { streamer: row.column(0)?, from: row.time(1)?, until: row.time(2)? })
    }
}

/// Reads a client, which may be null, and a time.
impl FromRow for (ClientHash, Timestamp) {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let client = row.column::<Option<Uuid>>(0)?.map_or(ClientHash::UNKNOWN, ClientHash);
        Ok((client, row.time(1)?))
    }
}

/// Reads the columns `movie_id, title, views, last_viewed_at`.
impl FromRow for MovieViews {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            movie_id: MovieId(row.column(0)?),
            title: row.column(1)?,
            views: row.count(2)?,
            last_viewed_at: row.optional_time(3)?,
        })
    }
}

impl FromRow for Account {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            id: row.column(0)?,
            name: row.column(1)?,
            role: row.enum_value(2)?,
            password_hash: row.column(3)?,
            created_at: row.time(4)?,
        })
    }
}

impl FromRow for Preferences {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self { language: row.column(0)?, theme: row.column(1)? })
    }
}

impl FromRow for Credential {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        let secret: Vec<u8> = row.column(0)?;
        Ok(Self {
            secret_sha256: secret
                .try_into()
                .map_err(|_| corrupt("a SHA-256 that is not 32 bytes long"))?,
            kind: row.enum_value(1)?,
            name: row.column(2)?,
            account: row.column(3)?,
            role: row.enum_value(4)?,
            created_at: row.time(5)?,
            expires_at: row.optional_time(6)?,
            account_role: row.column::<Option<String>>(7)?.map(enum_from_text).transpose()?,
            browser: row.column(8)?,
            used_at: row.optional_time(9)?,
        })
    }
}

impl FromRow for AuditEntry {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok(Self {
            id: row.column(0)?,
            at: row.time(1)?,
            who: row.column(2)?,
            is_token: row.column(3)?,
            action: row.column(4)?,
            target: row.column(5)?,
            client: row.column::<String>(6)?.parse().map_err(corrupt)?,
            request_id: row.column(7)?,
            answered: row.column(8)?,
            account: row.column(9)?,
        })
    }
}

/// A reason, a basis, and the number of playbacks of a movie that have both. Those that counted
/// have no reason, the others no basis.
pub type ReasonCount = (Option<String>, Option<String>, u64);

/// Reads the columns `reason, basis, count(*)`.
impl FromRow for ReasonCount {
    fn from_row(row: &impl DatabaseRow) -> Result<Self> {
        Ok((row.column(0)?, row.column(1)?, row.count(2)?))
    }
}

/// Sums up the playbacks of a movie by reason and basis.
pub fn summarize_playbacks(
    id: MovieId,
    title: String,
    counts: Vec<ReasonCount>,
) -> Result<ViewExplanation> {
    let playbacks = counts.iter().map(|(_, _, playbacks)| playbacks).sum();
    let (counted_by, not_counted) = (Vec::new(), Vec::new());
    let mut explanation =
        ViewExplanation { movie_id: id, title, playbacks, counted: 0, counted_by, not_counted };
    for (reason, basis, playbacks) in counts {
        match reason {
            None => {
                let basis = basis.map(enum_from_text).transpose()?.unwrap_or(ViewBasis::Reported);
                explanation.counted += playbacks;
                explanation.counted_by.push(CountedBy { basis, playbacks });
            }
            Some(reason) => {
                explanation
                    .not_counted
                    .push(NotCounted { reason: enum_from_text(reason)?, playbacks });
            }
        }
    }
    Ok(explanation)
}
