PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE refinery_schema_history(
             version int4 PRIMARY KEY,
             name VARCHAR(255),
             applied_on VARCHAR(255),
             checksum VARCHAR(255));
CREATE TABLE media (
    name             TEXT    NOT NULL PRIMARY KEY,
    size_bytes       INTEGER NOT NULL,
    sha256           TEXT    NOT NULL,
    content_type     TEXT    NOT NULL,
    duration_seconds REAL,
    created_at       INTEGER NOT NULL
, check_round INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
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
CREATE TABLE audit (
    id         BLOB    NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    who        TEXT    NOT NULL,
    is_token   INTEGER NOT NULL,
    action     TEXT    NOT NULL,
    target     TEXT    NOT NULL,
    client     TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    answered   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE media_revision (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
) STRICT;
CREATE TABLE streamers (
    name       TEXT    NOT NULL PRIMARY KEY,
    address    TEXT,
    version    TEXT    NOT NULL,
    used_bytes INTEGER NOT NULL,
    free_bytes INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE replicas (
    media       TEXT    NOT NULL,
    streamer    TEXT    NOT NULL,
    sha256      TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    problem     TEXT,
    check_round INTEGER NOT NULL,
    verified_at INTEGER,
    PRIMARY KEY (media, streamer)
) STRICT, WITHOUT ROWID;
CREATE INDEX replicas_by_streamer ON replicas (streamer, media);
CREATE TABLE movie_words (
    row  INTEGER PRIMARY KEY,
    word TEXT    NOT NULL UNIQUE
) STRICT;
CREATE VIRTUAL TABLE movie_grams USING fts5 (
    word, content = '', contentless_delete = 1, tokenize = 'trigram'
);
INSERT INTO refinery_schema_history VALUES (1, 'catalogue', '2026-11-29T03:31:51.101838832Z', '4101441292880453598');
INSERT INTO refinery_schema_history VALUES (2, 'audit', '2026-11-29T03:31:51.10188304Z', '9932321282749106849');
INSERT INTO refinery_schema_history VALUES (3, 'replicas', '2026-11-29T03:31:51.101888523Z', '4514112983177397333');
INSERT INTO refinery_schema_history VALUES (5, 'spelling', '2026-11-29T03:31:51.101891164Z', '1243788579610263953');
INSERT INTO media VALUES ('film.mp4', 32, 'd025c55f15a94b53e49cc78062be893865d98e83bfc2ac80beef1f8253175dbc', 'video/mp4', NULL, 1795923111413000, 0);
INSERT INTO movies VALUES (1, x'01a2255bee517784aa3c131f67116c4c', 'Old Film', 'old film', 'Once.', 1999, '["Drama"]', '["Ann"]', '[]', 'film.mp4', 1, 1795923111505000, 1795923111505000);
INSERT INTO movies VALUES (2, x'01a2255bee7c754aaabc53ecbd43be52', 'Another', 'another', '', NULL, '[]', '[]', '[]', 'film.mp4', 1, 1795923111548000, 1795923111548000);
INSERT INTO movie_genres VALUES ('drama', x'01a2255bee517784aa3c131f67116c4c', 'Drama');
DELETE FROM movie_search_data;
INSERT INTO movie_search_data VALUES (1, x'0203010101');
INSERT INTO movie_search_data VALUES (10, x'00000000ff000001010202000201010101010000010201010202000001');
INSERT INTO movie_search_data VALUES (137438953473, x'000000940430616e6e01020301056472616d61010204010466696c6d01020201036f6c6401020202036e63650102050002316101020301016401020401016601020201016f01040205000332616e010203010264720102040102666901020201026f6c01020202016e010205000433616e6e0102030103647261010204010366696c01020201036f6c6401020202026e6301020504080a09080807060607080707070609080808');
INSERT INTO movie_search_data VALUES (274877906945, x'000000280830616e6f7468657202020200023161020202000332616e020202000433616e6f020202040c0708');
DELETE FROM movie_search_idx;
INSERT INTO movie_search_idx VALUES (1, x'', 2);
INSERT INTO movie_search_idx VALUES (2, x'', 2);
DELETE FROM movie_search_docsize;
INSERT INTO movie_search_docsize VALUES (1, x'02010101', 1);
INSERT INTO movie_search_docsize VALUES (2, x'01000000', 2);
DELETE FROM movie_search_config;
INSERT INTO movie_search_config VALUES ('version', 4);
INSERT INTO playbacks VALUES (x'01a2255bf1487137868e9715934e489b', x'01a2255bee517784aa3c131f67116c4c', 1795923112264000, 1795923152362000, 30.0, '[{"start":0.0,"end":39.0}]', 39.0, 1795923152362000, NULL);
INSERT INTO view_totals VALUES (x'01a2255bee517784aa3c131f67116c4c', 'Old Film', 1, 1795923152362000);
INSERT INTO view_totals VALUES (x'01a2255bee7c754aaabc53ecbd43be52', 'Another', 0, NULL);
INSERT INTO view_days VALUES ('2026-11-29', 1);
INSERT INTO view_movie_days VALUES ('2026-11-29', x'01a2255bee517784aa3c131f67116c4c', 1, 1795923152362000);
INSERT INTO accounts VALUES (x'01a2255bedb476f2b8d19d3197ac4eb8', 'admin', 'admin', '$argon2id$v=19$m=19456,t=2,p=1$Qs919QH+WyTtY3d2MgGduA$c+LfNE6TGGFcF/PB1Pfn1Jmpvtc1a4adEW6iFTc2fgQ', 1795923111348000);
INSERT INTO accounts VALUES (x'01a2255beec17553b4724f104c164db7', 'ann', 'viewer', '$argon2id$v=19$m=19456,t=2,p=1$I4QRj2Tha60nqEsLKUK9Qw$Ymyz6l6VDBDfUuHEC0J+rkBnFzgTTKMHb/nHiBXU/wA', 1795923111683000);
INSERT INTO credentials VALUES (x'5a36dff4634ea0dda476efec0b6e189353f21c757e9ed411ff01c94a3a6f85d3', 'token', 'cluster', NULL, 'admin', 1795923111357000, NULL);
INSERT INTO credentials VALUES (x'8d2a3064b4f278a78bb63d373e84c7409f1bb7d7fe0e14fed2c4adee8f23fa4b', 'token', 'tv', NULL, 'viewer', 1795923111735000, NULL);
INSERT INTO audit VALUES (x'01a2255beddf74a09aa0363491d1319c', 1795923111391000, 'cluster', 1, 'uploads.finish', '/api/v1/media/film.mp4', '127.0.0.1', '01a2255bedde7951bb5ae95a595a7393', 1);
INSERT INTO audit VALUES (x'01a2255bee4a774284a5e8f2d6d59b32', 1795923111498000, 'cluster', 1, 'movies.add', '/api/v1/movies/01a2255b-ee51-7784-aa3c-131f67116c4c', '127.0.0.1', '01a2255bee497d549e08b55bb44a1e0e', 1);
INSERT INTO audit VALUES (x'01a2255bee7777e0b15a071e7c440425', 1795923111543000, 'cluster', 1, 'movies.add', '/api/v1/movies/01a2255b-ee7c-754a-aabc-53ecbd43be52', '127.0.0.1', '01a2255bee767539a74a8267e5c49bf4', 1);
INSERT INTO audit VALUES (x'01a2255beec07698a0a07bf5600fb9f7', 1795923111616000, 'cluster', 1, 'users.create', '/api/v1/users/ann', '127.0.0.1', '01a2255beebf7d9b9636a161cb9e1396', 1);
INSERT INTO audit VALUES (x'01a2255bef327144a677832eaaa11ccd', 1795923111730000, 'cluster', 1, 'tokens.create', '/api/v1/tokens/tv', '127.0.0.1', '01a2255bef3179d5bc91ac18b74da1a2', 1);
INSERT INTO audit VALUES (x'01a2255bf033775f80d87015f91b21ac', 1795923111987000, 'cluster', 1, 'uploads.create', '/api/v1/uploads/01a2255b-f034-76ff-8c26-c506af459ce3', '127.0.0.1', '01a2255bf0327ddb89c26dab4aa85e1f', 1);
INSERT INTO media_revision VALUES (1, 2);
INSERT INTO movie_words VALUES (1, 'drama');
INSERT INTO movie_words VALUES (2, 'film');
INSERT INTO movie_words VALUES (3, 'another');
DELETE FROM movie_grams_data;
INSERT INTO movie_grams_data VALUES (1, x'0310');
INSERT INTO movie_grams_data VALUES (10, x'00000000ff000001010202000201010101010000020201010202000001');
INSERT INTO movie_grams_data VALUES (137438953473, x'0000004b0430206472010202020266690202020103616d610102050103647261010203010366696c0202030103696c6d02020401036c6d2002020501036d6120010206010372616d010204040807080808080808');
INSERT INTO movie_grams_data VALUES (274877906945, x'0000003c043020616e0302020103616e6f0302030103657220030208010368657203020701036e6f7403020401036f7468030205010374686503020604080808080808');
DELETE FROM movie_grams_idx;
INSERT INTO movie_grams_idx VALUES (1, x'', 2);
INSERT INTO movie_grams_idx VALUES (2, x'', 2);
DELETE FROM movie_grams_docsize;
INSERT INTO movie_grams_docsize VALUES (1, x'05', 1);
INSERT INTO movie_grams_docsize VALUES (2, x'04', 1);
INSERT INTO movie_grams_docsize VALUES (3, x'07', 2);
DELETE FROM movie_grams_config;
INSERT INTO movie_grams_config VALUES ('version', 4);
COMMIT;
