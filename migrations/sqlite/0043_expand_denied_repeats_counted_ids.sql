-- The ids of the denials that are counted, in hexadecimal with a space after each: the newest ones. One that is stored again, because
-- its answer was lost, is found here. NULL where an earlier version counts.
ALTER TABLE denied_repeats ADD COLUMN counted_ids TEXT;
