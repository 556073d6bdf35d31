-- The files on the volume of a streamer that cannot be taken up, as a JSON list.
ALTER TABLE streamers ADD COLUMN problems TEXT NOT NULL DEFAULT '[]';
