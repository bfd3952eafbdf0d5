-- The audit log, and the outbox to its sink in one. Rows are only ever added, and marked once they are delivered: the service
-- has no right to change or delete one. No foreign key to what an entry is about: entries outlive it.
CREATE TABLE audit_entries (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    -- The order of a conversation's entries: taken while the conversation is locked, so it grows from commit to commit. Over
    -- several conversations numbers commit out of order, and nothing may be concluded from a number that is not there.
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    action text NOT NULL,
    actor_id uuid NOT NULL,
    conversation_id uuid,
    -- How a conversation was read by privilege, where that is what the entry tells.
    privileged_reading text CHECK (privileged_reading IN ('open', 'export', 'fork')),
    occurred_at timestamptz NOT NULL,
    -- The entry as it is answered and delivered, one JSON object on one line: text, so that the bytes stay as they are.
    document text NOT NULL,
    delivered_at timestamptz,
    PRIMARY KEY (organization_id, id)
);

-- All entries of an organization in order, for checking a sink's file against the store.
CREATE INDEX audit_entries_by_position ON audit_entries (organization_id, position);

-- One index for each way through the log; the newest entry is the one with the greatest id. (As for conversations, those that
-- lead to less come last.)
CREATE INDEX audit_entries_of_conversation
    ON audit_entries (organization_id, conversation_id, id) WHERE conversation_id IS NOT NULL;
CREATE INDEX audit_entries_of_actor ON audit_entries (organization_id, actor_id, id);
CREATE INDEX audit_entries_of_action ON audit_entries (organization_id, action, id);
CREATE INDEX audit_entries_of_time ON audit_entries (organization_id, occurred_at);
CREATE INDEX audit_entries_privileged
    ON audit_entries (organization_id, conversation_id, id) WHERE privileged_reading IS NOT NULL;

ALTER TABLE audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON audit_entries TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_all ON audit_entries TO parlor_upkeep USING (true);
GRANT SELECT, INSERT ON audit_entries TO parlor_service;
GRANT SELECT, UPDATE (delivered_at) ON audit_entries TO parlor_upkeep;

-- Which instance delivers an organization's entries: one at a time, so that a conversation's entries keep their order.
CREATE TABLE audit_relay_leases (
    organization_id uuid NOT NULL PRIMARY KEY REFERENCES organizations,
    -- The instance; NULL where it gave the lease back.
    holder uuid,
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
);

ALTER TABLE audit_relay_leases ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON audit_relay_leases FOR INSERT TO parlor_service
    WITH CHECK (organization_id = parlor_current_organization());
CREATE POLICY of_all ON audit_relay_leases TO parlor_upkeep USING (true);
GRANT INSERT ON audit_relay_leases TO parlor_service;
GRANT SELECT, UPDATE ON audit_relay_leases TO parlor_upkeep;
