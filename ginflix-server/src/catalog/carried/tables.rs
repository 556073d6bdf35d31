//! The tables that a backup carries, and the columns of each.

use super::kind::Kind;

/// A column that is carried.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in both databases.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be null.
    pub optional: bool,
}

/// A table that is carried.
#[derive(Debug)]
pub struct Table {
    /// Its name in both databases.
    pub name: &'static str,
    /// Columns that its rows are in order of.
    pub key: &'static str,
    /// Which of its rows.
    pub only: &'static str,
    /// What of them.
    pub columns: &'static [Column],
}

impl Table {
    /// The names of the columns, for a statement.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }
}

/// Of these rows more is made than what is carried.
pub const MOVIES: &str = "movies";
/// Of these one must be an administrator's.
pub const ACCOUNTS: &str = "accounts";
/// Of these not all are replaced.
pub const CREDENTIALS: &str = "credentials";

/// Which credentials are carried; the others of them stay where they are not
/// log-ins.
pub const CARRIED_TOKENS: &str = "kind = 'token' AND name <> 'cluster'";

/// All tables in an order in which each refers to earlier ones only.
pub const TABLES: &[Table] = &[
    table(
        "media",
        "name",
        &[
            of("name", Kind::Media),
            of("size_bytes", Kind::Integer),
            of("sha256", Kind::Text),
            of("content_type", Kind::Text),
            perhaps("duration_seconds", Kind::Real),
            of("created_at", Kind::Time),
        ],
    ),
    table(
        MOVIES,
        "id",
        &[
            of("id", Kind::Id),
            of("title", Kind::Text),
            of("description", Kind::Text),
            perhaps("year", Kind::Integer),
            of("genres", Kind::Names),
            of("directors", Kind::Names),
            of("actors", Kind::Names),
            of("media", Kind::Media),
            of("version", Kind::Integer),
            of("created_at", Kind::Time),
            of("updated_at", Kind::Time),
        ],
    ),
    table(
        "posters",
        "movie_id",
        &[
            of("movie_id", Kind::Id),
            of("sha256", Kind::Text),
            of("content_type", Kind::Text),
            of("bytes", Kind::Bytes),
        ],
    ),
    table(
        "view_totals",
        "movie_id",
        &[
            of("movie_id", Kind::Id),
            of("title", Kind::Text),
            of("views", Kind::Integer),
            perhaps("last_viewed_at", Kind::Time),
        ],
    ),
    table("view_days", "day", &[of("day", Kind::Day), of("views", Kind::Integer)]),
    table(
        "view_movie_days",
        "day, movie_id",
        &[
            of("day", Kind::Day),
            of("movie_id", Kind::Id),
            of("views", Kind::Integer),
            of("last_viewed_at", Kind::Time),
        ],
    ),
    table(
        "playbacks",
        "id",
        &[
            of("id", Kind::Id),
            of("movie_id", Kind::Id),
            of("started_at", Kind::Time),
            perhaps("reported_at", Kind::Time),
            of("needed_seconds", Kind::Real),
            of("played", Kind::Stretches),
            of("watched_seconds", Kind::Real),
            perhaps("counted_at", Kind::Time),
            perhaps("reason", Kind::Reason),
        ],
    ),
    table(
        ACCOUNTS,
        "id",
        &[
            of("id", Kind::Id),
            of("name", Kind::Text),
            of("role", Kind::Role),
            of("password_hash", Kind::Text),
            of("created_at", Kind::Time),
        ],
    ),
    Table {
        name: CREDENTIALS,
        key: "secret_sha256",
        only: CARRIED_TOKENS,
        columns: &[
            of("secret_sha256", Kind::Bytes),
            of("kind", Kind::Token),
            of("name", Kind::Text),
            of("role", Kind::Role),
            of("created_at", Kind::Time),
            perhaps("expires_at", Kind::Time),
        ],
    },
    table(
        "audit",
        "id",
        &[
            of("id", Kind::Id),
            of("at", Kind::Time),
            of("who", Kind::Text),
            of("is_token", Kind::Flag),
            of("action", Kind::Text),
            of("target", Kind::Text),
            of("client", Kind::Address),
            of("request_id", Kind::Text),
            of("answered", Kind::Flag),
        ],
    ),
];

const fn of(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: false }
}

const fn perhaps(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: true }
}

const fn table(name: &'static str, key: &'static str, columns: &'static [Column]) -> Table {
    Table { name, key, only: "TRUE", columns }
}
