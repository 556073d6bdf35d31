-- Times are microseconds since 1970 (UTC), ids 16 bytes, lists JSON.

CREATE TABLE media (
    name             TEXT    NOT NULL PRIMARY KEY,
    size_bytes       INTEGER NOT NULL,
    sha256           TEXT    NOT NULL,
    content_type     TEXT    NOT NULL,
    duration_seconds REAL,
    created_at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The media of a movie may be gone: a removal can be forced.
CREATE TABLE movies (
    row         INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE,
    title       TEXT    NOT NULL,
    title_key   TEXT    NOT NULL,
    description TEXT    NOT NULL,
    year        INTEGER,
    genres      TEXT    NOT NULL,
    directors   TEXT    NOT NULL,
    actors      TEXT    NOT NULL,
    media       TEXT    NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    UNIQUE (media, title)
) STRICT;
CREATE INDEX movies_by_title ON movies (title_key, id);
CREATE INDEX movies_by_year ON movies (year, id);

CREATE TABLE movie_genres (
    genre_key TEXT NOT NULL,
    movie_id  BLOB NOT NULL REFERENCES movies (id) ON DELETE CASCADE,
    genre     TEXT NOT NULL,
    PRIMARY KEY (genre_key, movie_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX movie_genres_by_movie ON movie_genres (movie_id);

CREATE TABLE posters (
    movie_id     BLOB NOT NULL PRIMARY KEY REFERENCES movies (id) ON DELETE CASCADE,
    sha256       TEXT NOT NULL,
    content_type TEXT NOT NULL,
    bytes        BLOB NOT NULL
) STRICT;

-- Holds folded words with single spaces between them, so that the plainest
-- tokenizer does. Its row ids are those of movies.
CREATE VIRTUAL TABLE movie_search USING fts5 (
    title, people, genres, description,
    content = '', contentless_delete = 1, detail = column,
    tokenize = 'ascii', prefix = '1 2 3'
);

CREATE TABLE playbacks (
    id              BLOB    NOT NULL PRIMARY KEY,
    movie_id        BLOB    NOT NULL,
    started_at      INTEGER NOT NULL,
    reported_at     INTEGER,
    needed_seconds  REAL    NOT NULL,
    played          TEXT    NOT NULL,
    watched_seconds REAL    NOT NULL,
    counted_at      INTEGER,
    reason          TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX playbacks_by_movie ON playbacks (movie_id, reason);

-- Views are added up as they count. A removed movie keeps its own, and its title.
CREATE TABLE view_totals (
    movie_id       BLOB    NOT NULL PRIMARY KEY,
    title          TEXT    NOT NULL,
    views          INTEGER NOT NULL DEFAULT 0,
    last_viewed_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX view_totals_by_views ON view_totals (views, movie_id);

CREATE TABLE view_days (
    day   TEXT    NOT NULL PRIMARY KEY,
    views INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE view_movie_days (
    day            TEXT    NOT NULL,
    movie_id       BLOB    NOT NULL,
    views          INTEGER NOT NULL,
    last_viewed_at INTEGER NOT NULL,
    PRIMARY KEY (day, movie_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id            BLOB    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    secret_sha256 BLOB    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    account       TEXT    REFERENCES accounts (name) ON DELETE CASCADE,
    role          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX credentials_by_token_name ON credentials (name) WHERE kind = 'token';
CREATE INDEX credentials_by_account ON credentials (account);
CREATE INDEX credentials_by_end ON credentials (expires_at) WHERE expires_at IS NOT NULL;
