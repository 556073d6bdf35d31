-- What accounts have watched: the position at which each stopped, and whether it was watched to the end.
CREATE TABLE watch_history (
    account          TEXT COLLATE "C" NOT NULL REFERENCES accounts (name) ON UPDATE CASCADE ON DELETE CASCADE,
    movie_id         UUID             NOT NULL REFERENCES movies (id) ON DELETE CASCADE,
    position_seconds DOUBLE PRECISION NOT NULL,
    duration_seconds DOUBLE PRECISION NOT NULL,
    is_watched       BOOLEAN          NOT NULL,
    watched_at       TIMESTAMPTZ      NOT NULL,
    PRIMARY KEY (account, movie_id)
);
CREATE INDEX watch_history_by_time ON watch_history (account, watched_at, movie_id);
CREATE INDEX watch_history_by_movie ON watch_history (movie_id);

-- The personal lists.
CREATE TABLE watch_list (
    account  TEXT COLLATE "C" NOT NULL REFERENCES accounts (name) ON UPDATE CASCADE ON DELETE CASCADE,
    movie_id UUID             NOT NULL REFERENCES movies (id) ON DELETE CASCADE,
    added_at TIMESTAMPTZ      NOT NULL,
    PRIMARY KEY (account, movie_id)
);
CREATE INDEX watch_list_by_time ON watch_list (account, added_at, movie_id);
CREATE INDEX watch_list_by_movie ON watch_list (movie_id);

-- By which users recognize their sessions.
ALTER TABLE credentials ADD COLUMN browser TEXT;
ALTER TABLE credentials ADD COLUMN used_at TIMESTAMPTZ;
