-- Entries that the sink will never take are set aside, so that the ones behind them go on: when, and why in the sink's words.
-- They stay in the log. To have one tried again, an operator sets both to NULL.
ALTER TABLE audit_entries ADD COLUMN set_aside_at INTEGER;
ALTER TABLE audit_entries ADD COLUMN set_aside_reason TEXT
    CHECK ((set_aside_reason IS NULL) = (set_aside_at IS NULL));

-- What waits to be delivered; within it, the order of commit. Both columns stand in it, so that what waits is counted without
-- looking at the entries.
DROP INDEX audit_entries_undelivered;
CREATE INDEX audit_entries_undelivered ON audit_entries (delivered_at, set_aside_at)
    WHERE delivered_at IS NULL AND set_aside_at IS NULL;

-- What waits for an operator.
CREATE INDEX audit_entries_set_aside ON audit_entries (delivered_at, set_aside_at)
    WHERE delivered_at IS NULL AND set_aside_at IS NOT NULL;
