-- Who changed what; ids are UUIDv7, so they sort by time.
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
