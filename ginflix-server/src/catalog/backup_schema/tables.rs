//! The tables of a backup and their columns.

use super::column_type::ColumnType;

/// A column of a backup.
#[derive(Debug, Clone, Copy)]
pub struct BackupColumn {
    /// The name, the same in both databases.
    pub name: &'static str,
    /// The type of the values.
    pub column_type: ColumnType,
    /// Whether a value may be null.
    pub nullable: bool,
}

/// A table of a backup.
#[derive(Debug)]
pub struct BackupTable {
    /// The name, the same in both databases.
    pub name: &'static str,
    /// The columns that rows are sorted by, as SQL. They make the order unique, so two backups
    /// of one catalogue are equal.
    pub order_by: &'static str,
    /// The condition for a row to be exported, as SQL.
    pub filter: &'static str,
    /// The columns that are exported.
    pub columns: &'static [BackupColumn],
}

impl BackupTable {
    /// Returns the names of the columns, as SQL.
    pub fn column_list(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }
}

/// The table of movies. An import derives genres and search words from its rows.
pub const MOVIES: &str = "movies";
/// The table of collections. An import derives the keys that they are sorted by from their titles.
pub const COLLECTIONS: &str = "collections";
/// The table of accounts. A backup contains at least one administrator.
pub const ACCOUNTS: &str = "accounts";
/// The table of sessions and tokens. An import replaces only some of its rows.
pub const CREDENTIALS: &str = "credentials";

/// The condition for credentials to be exported, as SQL. An import deletes these rows and all
/// sessions, and keeps the other tokens.
pub const EXPORTED_TOKENS: &str = "kind = 'token' AND name <> 'cluster'";

/// All tables of a backup. A table refers only to tables before it, so that foreign keys hold
/// during an import.
pub const TABLES: &[BackupTable] = &[
    // Absent from backups of versions without it.
    table(
        "libraries",
        "id",
        &[
            required("id", ColumnType::Id),
            required("path", ColumnType::Text),
            required("created_at", ColumnType::Time),
        ],
    ),
    table(
        "media",
        "name",
        &[
            required("name", ColumnType::Media),
            required("size_bytes", ColumnType::Integer),
            required("sha256", ColumnType::Text),
            required("content_type", ColumnType::Text),
            nullable("duration_seconds", ColumnType::Real),
            required("created_at", ColumnType::Time),
            // Absent from backups of format 1.
            nullable("inspection", ColumnType::Inspection),
            // Absent from backups of versions without it.
            nullable("file_name", ColumnType::Text),
            nullable("library", ColumnType::Id),
            nullable("library_path", ColumnType::Bytes),
            nullable("library_state", ColumnType::Text),
            nullable("missing_since", ColumnType::Time),
        ],
    ),
    // Absent from backups of versions without them.
    table(
        "subtitles",
        "media, id",
        &[
            required("id", ColumnType::Id),
            required("media", ColumnType::Media),
            required("language", ColumnType::Text),
            required("title", ColumnType::Text),
            required("is_default", ColumnType::Flag),
            required("is_forced", ColumnType::Flag),
            required("is_hearing_impaired", ColumnType::Flag),
            required("file_name", ColumnType::Text),
            required("cues", ColumnType::Integer),
            required("sha256", ColumnType::Text),
            required("created_at", ColumnType::Time),
            required("document", ColumnType::Text),
        ],
    ),
    table(
        MOVIES,
        "id",
        &[
            required("id", ColumnType::Id),
            required("title", ColumnType::Text),
            required("description", ColumnType::Text),
            nullable("year", ColumnType::Integer),
            required("genres", ColumnType::Names),
            required("directors", ColumnType::Names),
            required("actors", ColumnType::Names),
            required("media", ColumnType::Media),
            required("version", ColumnType::Integer),
            required("created_at", ColumnType::Time),
            required("updated_at", ColumnType::Time),
            // Absent from backups of versions without them.
            nullable("series", ColumnType::Text),
            nullable("season", ColumnType::Integer),
            nullable("episode", ColumnType::Integer),
        ],
    ),
    // Absent from backups of versions without it.
    table(
        "imports",
        "media",
        &[
            required("media", ColumnType::Media),
            nullable("movie_id", ColumnType::Id),
            nullable("details", ColumnType::Details),
            nullable("poster_sha256", ColumnType::Text),
            required("subtitles", ColumnType::Names),
        ],
    ),
    // Absent from backups of versions without them.
    table(
        COLLECTIONS,
        // A parent has no parent, so it comes before the collections in it.
        "parent IS NOT NULL, id",
        &[
            required("id", ColumnType::Id),
            required("title", ColumnType::Text),
            required("description", ColumnType::Text),
            nullable("parent", ColumnType::Id),
            required("position", ColumnType::Integer),
            required("version", ColumnType::Integer),
            required("created_at", ColumnType::Time),
            required("updated_at", ColumnType::Time),
        ],
    ),
    table(
        "collection_movies",
        "collection, position",
        &[
            required("collection", ColumnType::Id),
            required("position", ColumnType::Integer),
            required("movie_id", ColumnType::Id),
        ],
    ),
    // Absent from backups of versions without them.
    table(
        "imported_series",
        "title_key, year",
        &[
            required("title_key", ColumnType::Text),
            required("year", ColumnType::Integer),
            required("collection", ColumnType::Id),
        ],
    ),
    table(
        "imported_seasons",
        "series, season",
        &[
            required("series", ColumnType::Id),
            required("season", ColumnType::Integer),
            required("collection", ColumnType::Id),
        ],
    ),
    table(
        "imported_members",
        "collection, movie_id",
        &[required("collection", ColumnType::Id), required("movie_id", ColumnType::Id)],
    ),
    table(
        "posters",
        "movie_id",
        &[
            required("movie_id", ColumnType::Id),
            required("sha256", ColumnType::Text),
            required("content_type", ColumnType::Text),
            required("bytes", ColumnType::Bytes),
        ],
    ),
    table(
        "view_totals",
        "movie_id",
        &[
            required("movie_id", ColumnType::Id),
            required("title", ColumnType::Text),
            required("views", ColumnType::Integer),
            nullable("last_viewed_at", ColumnType::Time),
        ],
    ),
    table(
        "view_days",
        "day",
        &[required("day", ColumnType::Day), required("views", ColumnType::Integer)],
    ),
    table(
        "view_movie_days",
        "day, movie_id",
        &[
            required("day", ColumnType::Day),
            required("movie_id", ColumnType::Id),
            required("views", ColumnType::Integer),
            required("last_viewed_at", ColumnType::Time),
        ],
    ),
    table(
        "playbacks",
        "id",
        &[
            required("id", ColumnType::Id),
            required("movie_id", ColumnType::Id),
            required("started_at", ColumnType::Time),
            nullable("reported_at", ColumnType::Time),
            required("needed_seconds", ColumnType::Real),
            required("played", ColumnType::Ranges),
            required("watched_seconds", ColumnType::Real),
            nullable("counted_at", ColumnType::Time),
            nullable("reason", ColumnType::Reason),
            // Absent from backups of versions that required no evidence. The client is left out on
            // purpose: it identifies a viewer, and matters for an hour only.
            nullable("media", ColumnType::Media),
            nullable("needed_bytes", ColumnType::Integer),
            nullable("eligible_at", ColumnType::Time),
            nullable("basis", ColumnType::Basis),
        ],
    ),
    table(
        ACCOUNTS,
        "id",
        &[
            required("id", ColumnType::Id),
            required("name", ColumnType::Text),
            required("role", ColumnType::Role),
            required("password_hash", ColumnType::Text),
            required("created_at", ColumnType::Time),
            // Absent from backups of versions without them.
            nullable("language", ColumnType::Text),
            nullable("theme", ColumnType::Text),
        ],
    ),
    // Absent from backups of versions without them.
    table(
        "watch_history",
        "account, movie_id",
        &[
            required("account", ColumnType::Text),
            required("movie_id", ColumnType::Id),
            required("position_seconds", ColumnType::Real),
            required("duration_seconds", ColumnType::Real),
            required("is_watched", ColumnType::Flag),
            required("watched_at", ColumnType::Time),
        ],
    ),
    table(
        "watch_list",
        "account, movie_id",
        &[
            required("account", ColumnType::Text),
            required("movie_id", ColumnType::Id),
            required("added_at", ColumnType::Time),
        ],
    ),
    BackupTable {
        name: CREDENTIALS,
        order_by: "secret_sha256",
        filter: EXPORTED_TOKENS,
        columns: &[
            required("secret_sha256", ColumnType::Bytes),
            required("kind", ColumnType::Token),
            required("name", ColumnType::Text),
            // Absent from backups of format 1.
            nullable("account", ColumnType::Text),
            required("role", ColumnType::Role),
            required("created_at", ColumnType::Time),
            nullable("expires_at", ColumnType::Time),
        ],
    },
    table(
        "audit",
        "id",
        &[
            required("id", ColumnType::Id),
            required("at", ColumnType::Time),
            required("who", ColumnType::Text),
            required("is_token", ColumnType::Flag),
            required("action", ColumnType::Text),
            required("target", ColumnType::Text),
            required("client", ColumnType::Address),
            required("request_id", ColumnType::Text),
            required("answered", ColumnType::Flag),
            // Absent from backups of format 1.
            nullable("account", ColumnType::Text),
        ],
    ),
];

const fn required(name: &'static str, column_type: ColumnType) -> BackupColumn {
    BackupColumn { name, column_type, nullable: false }
}

const fn nullable(name: &'static str, column_type: ColumnType) -> BackupColumn {
    BackupColumn { name, column_type, nullable: true }
}

const fn table(
    name: &'static str,
    order_by: &'static str,
    columns: &'static [BackupColumn],
) -> BackupTable {
    BackupTable { name, order_by, filter: "TRUE", columns }
}
