-- How many of the oldest messages before an answer its model was not sent, because the conversation is longer than it can read. NULL where
-- it was sent all of them, and for answers of earlier versions, which did not keep it.
ALTER TABLE messages ADD COLUMN left_out INTEGER CHECK (left_out IS NULL OR (left_out > 0 AND role = 'assistant'));
