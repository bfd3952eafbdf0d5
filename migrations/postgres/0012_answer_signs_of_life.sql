-- When the writer of an answer last gave a sign of life; NULL for what is not being written. An answer that was being written
-- before there were signs has none, and counts as abandoned.
ALTER TABLE messages ADD COLUMN sign_of_life_at timestamptz;
