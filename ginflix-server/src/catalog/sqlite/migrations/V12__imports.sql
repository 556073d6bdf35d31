-- The name that a file had where it came from.
ALTER TABLE media ADD COLUMN file_name TEXT;

-- The place of a movie in a series.
ALTER TABLE movies ADD COLUMN series TEXT;
ALTER TABLE movies ADD COLUMN season INTEGER;
ALTER TABLE movies ADD COLUMN episode INTEGER;

-- What was last imported for a media file, so that the next import changes only what nobody has changed since. The movie may be gone.
CREATE TABLE imports (
    media         TEXT NOT NULL PRIMARY KEY REFERENCES media (name) ON DELETE CASCADE,
    movie_id      BLOB,
    details       TEXT,
    poster_sha256 TEXT,
    subtitles     TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
