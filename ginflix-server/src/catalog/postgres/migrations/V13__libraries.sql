-- Folders of media files that are served from where they lie.
CREATE TABLE libraries (
    id         UUID        PRIMARY KEY,
    path       TEXT        NOT NULL UNIQUE COLLATE "C",
    created_at TIMESTAMPTZ NOT NULL
);

-- The library that a media file is in, and its path there. Its sha256 is that of samples of its content. library_state changes with
-- the file and with what is beside it.
ALTER TABLE media
    ADD COLUMN library       UUID REFERENCES libraries (id),
    ADD COLUMN library_path  BYTEA,
    ADD COLUMN library_state TEXT,
    ADD COLUMN missing_since TIMESTAMPTZ;
CREATE INDEX media_by_library ON media (library) WHERE library IS NOT NULL;
