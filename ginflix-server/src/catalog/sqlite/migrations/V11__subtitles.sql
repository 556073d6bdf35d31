-- Subtitles that were added to media files, as WebVTT. A missing language or title is an empty text.
CREATE TABLE subtitles (
    id                  BLOB    NOT NULL PRIMARY KEY,
    media               TEXT    NOT NULL REFERENCES media (name) ON DELETE CASCADE,
    language            TEXT    NOT NULL,
    title               TEXT    NOT NULL,
    is_default          INTEGER NOT NULL,
    is_forced           INTEGER NOT NULL,
    is_hearing_impaired INTEGER NOT NULL,
    file_name           TEXT    NOT NULL,
    cues                INTEGER NOT NULL,
    sha256              TEXT    NOT NULL,
    created_at          INTEGER NOT NULL,
    document            TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX subtitles_by_purpose
    ON subtitles (media, language, title, is_forced, is_hearing_impaired);
