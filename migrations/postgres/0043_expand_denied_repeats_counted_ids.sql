-- The ids of the denials that are counted: the first one, and the newest of the others. One that is stored again, because its answer
-- was lost, is found here. NULL where an earlier version counts.
ALTER TABLE denied_repeats ADD COLUMN counted_ids uuid[];
