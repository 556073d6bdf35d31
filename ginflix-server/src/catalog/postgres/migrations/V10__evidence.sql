-- What streamers sent to which client, by which playbacks are judged. A client is the keyed hash of
-- an address.

ALTER TABLE playbacks
    ADD COLUMN client       UUID,
    ADD COLUMN media        TEXT,
    ADD COLUMN needed_bytes BIGINT,
    ADD COLUMN eligible_at  TIMESTAMPTZ,
    ADD COLUMN basis        TEXT;

DROP INDEX playbacks_by_movie;
CREATE INDEX playbacks_by_movie ON playbacks (movie_id, reason, basis);
CREATE INDEX playbacks_awaiting ON playbacks (eligible_at) WHERE reason = 'awaiting_evidence';
CREATE INDEX playbacks_limited ON playbacks (client, counted_at)
    WHERE basis IN ('revalidated', 'unverified');
CREATE INDEX playbacks_with_client ON playbacks (started_at) WHERE client IS NOT NULL;

-- Totals of each streamer by bucket of time, and the parts of them that views have used up.
CREATE TABLE evidence (
    client              UUID        NOT NULL,
    media               TEXT        NOT NULL COLLATE "C",
    bucket              TIMESTAMPTZ NOT NULL,
    streamer            TEXT        NOT NULL COLLATE "C",
    bytes               BIGINT      NOT NULL,
    responses           BIGINT      NOT NULL,
    revalidations       BIGINT      NOT NULL,
    spent_bytes         BIGINT      NOT NULL DEFAULT 0,
    spent_responses     BIGINT      NOT NULL DEFAULT 0,
    spent_revalidations BIGINT      NOT NULL DEFAULT 0,
    PRIMARY KEY (client, media, bucket, streamer)
);
CREATE INDEX evidence_by_bucket ON evidence (bucket);

-- The time for which all that a streamer sent is in the table above.
CREATE TABLE evidence_coverage (
    streamer     TEXT        PRIMARY KEY,
    covers_from  TIMESTAMPTZ NOT NULL,
    covers_until TIMESTAMPTZ NOT NULL
);

-- The key of the hashes of addresses.
CREATE TABLE client_key (
    row INTEGER PRIMARY KEY CHECK (row = 1),
    key BYTEA   NOT NULL
);
