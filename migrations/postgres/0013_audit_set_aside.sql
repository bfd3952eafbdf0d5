-- Entries that the sink will never take, and why: they are not tried again until an operator empties both columns.
ALTER TABLE audit_entries
    ADD COLUMN set_aside_at timestamptz,
    ADD COLUMN set_aside_reason text,
    ADD CHECK ((set_aside_at IS NULL) = (set_aside_reason IS NULL));

-- What is not delivered yet, each organization's in order.
CREATE INDEX audit_entries_undelivered
    ON audit_entries (organization_id, position) WHERE delivered_at IS NULL AND set_aside_at IS NULL;

-- What was set aside: none, as long as all is well.
CREATE INDEX audit_entries_set_aside ON audit_entries (organization_id, id) WHERE set_aside_at IS NOT NULL;

GRANT UPDATE (set_aside_at, set_aside_reason) ON audit_entries TO parlor_upkeep;
