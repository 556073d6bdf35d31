-- One row: who this catalogue is, and how many commits it has. The file that ends in -counter has
-- the same numbers, so that a start notices lost commits and files of another catalogue.
CREATE TABLE commit_counter (
    row        INTEGER PRIMARY KEY CHECK (row = 1),
    catalog_id BLOB    NOT NULL,
    commits    INTEGER NOT NULL
) STRICT;
INSERT INTO commit_counter VALUES (1, randomblob(16), 0);
