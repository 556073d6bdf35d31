-- Which streamer has which file. A check that was asked for counts up the
-- file's round; a streamer that has checked its file writes that round down.
ALTER TABLE media ADD COLUMN check_round BIGINT NOT NULL DEFAULT 0;

-- Grows with every change of what there should be, so that streamers need not
-- read the whole list to learn that it is the same.
CREATE TABLE media_revision (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision BIGINT  NOT NULL
);
INSERT INTO media_revision VALUES (1, 1);

CREATE TABLE streamers (
    name       TEXT COLLATE "C" PRIMARY KEY,
    address    TEXT,
    version    TEXT             NOT NULL,
    used_bytes BIGINT           NOT NULL,
    free_bytes BIGINT           NOT NULL,
    seen_at    TIMESTAMPTZ      NOT NULL
);

-- A row outlives its media: that is how a streamer learns that a file of its
-- volume was removed, and did not come by hand.
CREATE TABLE replicas (
    media       TEXT COLLATE "C" NOT NULL,
    streamer    TEXT COLLATE "C" NOT NULL,
    sha256      TEXT             NOT NULL,
    state       TEXT             NOT NULL,
    problem     TEXT,
    check_round BIGINT           NOT NULL,
    verified_at TIMESTAMPTZ,
    PRIMARY KEY (media, streamer)
);
CREATE INDEX replicas_by_streamer ON replicas (streamer, media);
