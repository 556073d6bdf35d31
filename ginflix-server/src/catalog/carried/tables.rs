//! The tables that a backup carries, and the columns of each.

use super::kind::Kind;

/// A column that is carried.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name in both databases.
    pub name: &'static str,
    /// The kind of its values.
    pub kind: Kind,
    /// Whether a value may be null.
    pub optional: bool,
}

/// A table that is carried.
#[derive(Debug)]
pub struct Table {
    /// Its name in both databases.
    pub name: &'static str,
    /// The columns that its rows are sorted by, for a statement.
    pub key: &'static str,
    /// The condition that carried rows meet, for a statement.
    pub only: &'static str,
    /// The columns that are carried.
    pub columns: &'static [Column],
}

impl Table {
    /// The names of the columns, for a statement.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        names.join(", ")
    }
}

/// The table of movies, from whose rows genres and words of the search are derived.
pub const MOVIES: &str = "movies";
/// The table of accounts, of which at least one must be an administrator's.
pub const ACCOUNTS: &str = "accounts";
/// The table of sessions and tokens, of which an import replaces only some.
pub const CREDENTIALS: &str = "credentials";

/// The condition that carried credentials meet. An import removes these and all
/// sessions; other tokens stay.
pub const CARRIED_TOKENS: &str = "kind = 'token' AND name <> 'cluster'";

/// All tables, in an order in which each refers only to earlier ones.
pub const TABLES: &[Table] = &[
    table(
        "media",
        "name",
        &[
            required("name", Kind::Media),
            required("size_bytes", Kind::Integer),
            required("sha256", Kind::Text),
            required("content_type", Kind::Text),
            nullable("duration_seconds", Kind::Real),
            required("created_at", Kind::Time),
        ],
    ),
    table(
        MOVIES,
        "id",
        &[
            required("id", Kind::Id),
            required("title", Kind::Text),
            required("description", Kind::Text),
            nullable("year", Kind::Integer),
            required("genres", Kind::Names),
            required("directors", Kind::Names),
            required("actors", Kind::Names),
            required("media", Kind::Media),
            required("version", Kind::Integer),
            required("created_at", Kind::Time),
            required("updated_at", Kind::Time),
        ],
    ),
    table(
        "posters",
        "movie_id",
        &[
            required("movie_id", Kind::Id),
            required("sha256", Kind::Text),
            required("content_type", Kind::Text),
            required("bytes", Kind::Bytes),
        ],
    ),
    table(
        "view_totals",
        "movie_id",
        &[
            required("movie_id", Kind::Id),
            required("title", Kind::Text),
            required("views", Kind::Integer),
            nullable("last_viewed_at", Kind::Time),
        ],
    ),
    table("view_days", "day", &[required("day", Kind::Day), required("views", Kind::Integer)]),
    table(
        "view_movie_days",
        "day, movie_id",
        &[
            required("day", Kind::Day),
            required("movie_id", Kind::Id),
            required("views", Kind::Integer),
            required("last_viewed_at", Kind::Time),
        ],
    ),
    table(
        "playbacks",
        "id",
        &[
            required("id", Kind::Id),
            required("movie_id", Kind::Id),
            required("started_at", Kind::Time),
            nullable("reported_at", Kind::Time),
            required("needed_seconds", Kind::Real),
            required("played", Kind::Ranges),
            required("watched_seconds", Kind::Real),
            nullable("counted_at", Kind::Time),
            nullable("reason", Kind::Reason),
        ],
    ),
    table(
        ACCOUNTS,
        "id",
        &[
            required("id", Kind::Id),
            required("name", Kind::Text),
            required("role", Kind::Role),
            required("password_hash", Kind::Text),
            required("created_at", Kind::Time),
        ],
    ),
    Table {
        name: CREDENTIALS,
        key: "secret_sha256",
        only: CARRIED_TOKENS,
        columns: &[
            required("secret_sha256", Kind::Bytes),
            required("kind", Kind::Token),
            required("name", Kind::Text),
            required("role", Kind::Role),
            required("created_at", Kind::Time),
            nullable("expires_at", Kind::Time),
        ],
    },
    table(
        "audit",
        "id",
        &[
            required("id", Kind::Id),
            required("at", Kind::Time),
            required("who", Kind::Text),
            required("is_token", Kind::Flag),
            required("action", Kind::Text),
            required("target", Kind::Text),
            required("client", Kind::Address),
            required("request_id", Kind::Text),
            required("answered", Kind::Flag),
        ],
    ),
];

const fn required(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: false }
}

const fn nullable(name: &'static str, kind: Kind) -> Column {
    Column { name, kind, optional: true }
}

const fn table(name: &'static str, key: &'static str, columns: &'static [Column]) -> Table {
    Table { name, key, only: "TRUE", columns }
}
