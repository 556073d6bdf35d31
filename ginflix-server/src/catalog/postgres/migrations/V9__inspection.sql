-- What is in a media file, as JSON; null until a streamer has inspected it.
ALTER TABLE media ADD COLUMN inspection TEXT;
