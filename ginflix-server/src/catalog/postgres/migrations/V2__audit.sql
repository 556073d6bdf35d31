-- Who changed what; ids are UUIDv7, so they sort by time.
CREATE TABLE audit (
    id         UUID        PRIMARY KEY,
    at         TIMESTAMPTZ NOT NULL,
    who        TEXT        NOT NULL,
    is_token   BOOLEAN     NOT NULL,
    action     TEXT        NOT NULL,
    target     TEXT        NOT NULL,
    client     TEXT        NOT NULL,
    request_id TEXT        NOT NULL,
    answered   BOOLEAN     NOT NULL
);
