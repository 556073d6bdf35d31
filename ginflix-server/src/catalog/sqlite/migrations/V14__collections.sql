-- Ordered lists of movies. A collection may be part of another one, as a season of a series.
CREATE TABLE collections (
    id          BLOB    NOT NULL PRIMARY KEY,
    title       TEXT    NOT NULL,
    title_key   TEXT    NOT NULL,
    description TEXT    NOT NULL,
    parent      BLOB    REFERENCES collections (id) ON DELETE SET NULL,
    position    INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX collections_by_title ON collections (title_key, id);
CREATE INDEX collections_by_parent ON collections (parent, position);

-- Positions have gaps where movies were deleted.
CREATE TABLE collection_movies (
    collection BLOB    NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    movie_id   BLOB    NOT NULL REFERENCES movies (id) ON DELETE CASCADE,
    PRIMARY KEY (collection, movie_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX collection_movies_by_position ON collection_movies (collection, position);
CREATE INDEX collection_movies_by_movie ON collection_movies (movie_id);
