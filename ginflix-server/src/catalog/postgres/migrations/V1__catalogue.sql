-- Texts that are compared are compared by their bytes, as everywhere else.

CREATE TABLE media (
    name             TEXT COLLATE "C" PRIMARY KEY,
    size_bytes       BIGINT           NOT NULL,
    sha256           TEXT             NOT NULL,
    content_type     TEXT             NOT NULL,
    duration_seconds DOUBLE PRECISION,
    created_at       TIMESTAMPTZ      NOT NULL
);

-- The media of a movie may be gone: a removal can be forced.
CREATE TABLE movies (
    id          UUID             PRIMARY KEY,
    title       TEXT             NOT NULL,
    title_key   TEXT COLLATE "C" NOT NULL,
    description TEXT             NOT NULL,
    year        INTEGER,
    genres      TEXT[]           NOT NULL,
    directors   TEXT[]           NOT NULL,
    actors      TEXT[]           NOT NULL,
    media       TEXT COLLATE "C" NOT NULL,
    version     BIGINT           NOT NULL,
    created_at  TIMESTAMPTZ      NOT NULL,
    updated_at  TIMESTAMPTZ      NOT NULL,
    -- Folded words, weighted by field: A title, B people, C genres, D description.
    search      TSVECTOR         NOT NULL,
    UNIQUE (media, title)
);
CREATE INDEX movies_by_title ON movies (title_key, id);
CREATE INDEX movies_by_year ON movies (year, id);
CREATE INDEX movies_by_word ON movies USING gin (search);

CREATE TABLE movie_genres (
    genre_key TEXT COLLATE "C" NOT NULL,
    movie_id  UUID             NOT NULL REFERENCES movies (id) ON DELETE CASCADE,
    genre     TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (genre_key, movie_id)
);
CREATE INDEX movie_genres_by_movie ON movie_genres (movie_id);

CREATE TABLE posters (
    movie_id     UUID  PRIMARY KEY REFERENCES movies (id) ON DELETE CASCADE,
    sha256       TEXT  NOT NULL,
    content_type TEXT  NOT NULL,
    bytes        BYTEA NOT NULL
);

CREATE TABLE playbacks (
    id              UUID             PRIMARY KEY,
    movie_id        UUID             NOT NULL,
    started_at      TIMESTAMPTZ      NOT NULL,
    reported_at     TIMESTAMPTZ,
    needed_seconds  DOUBLE PRECISION NOT NULL,
    played          TEXT             NOT NULL,
    watched_seconds DOUBLE PRECISION NOT NULL,
    counted_at      TIMESTAMPTZ,
    reason          TEXT
);
CREATE INDEX playbacks_by_movie ON playbacks (movie_id, reason);

-- Views are added up as they count. A removed movie keeps its own, and its title.
CREATE TABLE view_totals (
    movie_id       UUID   PRIMARY KEY,
    title          TEXT   NOT NULL,
    views          BIGINT NOT NULL DEFAULT 0,
    last_viewed_at TIMESTAMPTZ
);
CREATE INDEX view_totals_by_views ON view_totals (views, movie_id);

CREATE TABLE view_days (
    day   DATE   PRIMARY KEY,
    views BIGINT NOT NULL
);

CREATE TABLE view_movie_days (
    day            DATE        NOT NULL,
    movie_id       UUID        NOT NULL,
    views          BIGINT      NOT NULL,
    last_viewed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (day, movie_id)
);

CREATE TABLE accounts (
    id            UUID             PRIMARY KEY,
    name          TEXT COLLATE "C" NOT NULL UNIQUE,
    role          TEXT             NOT NULL,
    password_hash TEXT             NOT NULL,
    created_at    TIMESTAMPTZ      NOT NULL
);

CREATE TABLE credentials (
    secret_sha256 BYTEA            PRIMARY KEY,
    kind          TEXT             NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    account       TEXT COLLATE "C" REFERENCES accounts (name) ON DELETE CASCADE,
    role          TEXT             NOT NULL,
    created_at    TIMESTAMPTZ      NOT NULL,
    expires_at    TIMESTAMPTZ
);
CREATE UNIQUE INDEX credentials_by_token_name ON credentials (name) WHERE kind = 'token';
CREATE INDEX credentials_by_account ON credentials (account);
CREATE INDEX credentials_by_end ON credentials (expires_at) WHERE expires_at IS NOT NULL;
