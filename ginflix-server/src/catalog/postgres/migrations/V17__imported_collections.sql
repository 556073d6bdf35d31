-- The collections that imports made for series and seasons, so that they find them again whatever people made of them. A collection may
-- be gone: then somebody removed it, and imports do not make it again. The year is 0 if it is not known.
CREATE TABLE imported_series (
    title_key  TEXT    NOT NULL COLLATE "C",
    year       INTEGER NOT NULL,
    collection UUID    NOT NULL,
    PRIMARY KEY (title_key, year)
);
CREATE INDEX imported_series_by_collection ON imported_series (collection);

CREATE TABLE imported_seasons (
    series     UUID    NOT NULL,
    season     INTEGER NOT NULL,
    collection UUID    NOT NULL,
    PRIMARY KEY (series, season)
);
CREATE INDEX imported_seasons_by_collection ON imported_seasons (collection);

-- The movies that imports put into collections. Who takes one out need not do so again.
CREATE TABLE imported_members (
    collection UUID    NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    movie_id   UUID    NOT NULL REFERENCES movies (id) ON DELETE CASCADE,
    PRIMARY KEY (collection, movie_id)
);
CREATE INDEX imported_members_by_movie ON imported_members (movie_id);
