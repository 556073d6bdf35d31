-- Subtitles that were added to media files, as WebVTT. A missing language or title is an empty text.
CREATE TABLE subtitles (
    id                  UUID        PRIMARY KEY,
    media               TEXT        NOT NULL COLLATE "C" REFERENCES media (name) ON DELETE CASCADE,
    language            TEXT        NOT NULL COLLATE "C",
    title               TEXT        NOT NULL COLLATE "C",
    is_default          BOOLEAN     NOT NULL,
    is_forced           BOOLEAN     NOT NULL,
    is_hearing_impaired BOOLEAN     NOT NULL,
    file_name           TEXT        NOT NULL,
    cues                BIGINT      NOT NULL,
    sha256              TEXT        NOT NULL,
    created_at          TIMESTAMPTZ NOT NULL,
    document            TEXT        NOT NULL
);
CREATE UNIQUE INDEX subtitles_by_purpose
    ON subtitles (media, language, title, is_forced, is_hearing_impaired);
