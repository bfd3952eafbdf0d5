-- When the writer of an answer gave its last sign of life, in microseconds since 1970-01-01T00:00:00Z by the store's own clock;
-- NULL where nothing is being written. Without one, an answer that is being written counts as abandoned: whoever wrote it
-- before this step does not any more.
ALTER TABLE messages ADD COLUMN sign_of_life_at INTEGER CHECK (sign_of_life_at IS NULL OR status = 'writing');
