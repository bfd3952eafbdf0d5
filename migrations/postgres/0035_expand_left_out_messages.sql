-- How many of the oldest messages before an answer its model was not sent, because the conversation is longer than it can read. NULL where
-- it was sent all of them, and for answers of earlier versions, which did not keep it.
--
-- The check is not tried on what is there: it has none.
ALTER TABLE messages ADD COLUMN left_out integer;
ALTER TABLE messages ADD CONSTRAINT messages_left_out_check CHECK (left_out IS NULL OR (left_out > 0 AND role = 'assistant')) NOT VALID;
