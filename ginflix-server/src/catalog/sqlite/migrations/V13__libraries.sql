-- Folders of media files that are served from where they lie.
CREATE TABLE libraries (
    id         BLOB    NOT NULL PRIMARY KEY,
    path       TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The library that a media file is in, and its path there. Its sha256 is that of samples of its content. library_state changes with
-- the file and with what is beside it.
ALTER TABLE media ADD COLUMN library BLOB REFERENCES libraries (id);
ALTER TABLE media ADD COLUMN library_path BLOB;
ALTER TABLE media ADD COLUMN library_state TEXT;
ALTER TABLE media ADD COLUMN missing_since INTEGER;
CREATE INDEX media_by_library ON media (library) WHERE library IS NOT NULL;
