-- What streamers sent to which client, by which playbacks are judged. A client is the keyed hash of
-- an address.

ALTER TABLE playbacks ADD COLUMN client BLOB;
ALTER TABLE playbacks ADD COLUMN media TEXT;
ALTER TABLE playbacks ADD COLUMN needed_bytes INTEGER;
ALTER TABLE playbacks ADD COLUMN eligible_at INTEGER;
ALTER TABLE playbacks ADD COLUMN basis TEXT;

DROP INDEX playbacks_by_movie;
CREATE INDEX playbacks_by_movie ON playbacks (movie_id, reason, basis);
CREATE INDEX playbacks_awaiting ON playbacks (eligible_at) WHERE reason = 'awaiting_evidence';
CREATE INDEX playbacks_limited ON playbacks (client, counted_at)
    WHERE basis IN ('revalidated', 'unverified');
CREATE INDEX playbacks_with_client ON playbacks (started_at) WHERE client IS NOT NULL;

-- Totals of each streamer by bucket of time, and the parts of them that views have used up.
CREATE TABLE evidence (
    client              BLOB    NOT NULL,
    media               TEXT    NOT NULL,
    bucket              INTEGER NOT NULL,
    streamer            TEXT    NOT NULL,
    bytes               INTEGER NOT NULL,
    responses           INTEGER NOT NULL,
    revalidations       INTEGER NOT NULL,
    spent_bytes         INTEGER NOT NULL DEFAULT 0,
    spent_responses     INTEGER NOT NULL DEFAULT 0,
    spent_revalidations INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (client, media, bucket, streamer)
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_by_bucket ON evidence (bucket);

-- The time for which all that a streamer sent is in the table above.
CREATE TABLE evidence_coverage (
    streamer     TEXT    NOT NULL PRIMARY KEY,
    covers_from  INTEGER NOT NULL,
    covers_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The key of the hashes of addresses.
CREATE TABLE client_key (
    row INTEGER NOT NULL PRIMARY KEY CHECK (row = 1),
    key BLOB    NOT NULL
) STRICT;
