-- The audit log, and the outbox to its sink in one. Rows are only ever added, and marked once they are delivered. No foreign
-- key to what an entry is about: entries outlive it.
CREATE TABLE audit_entries (
    -- The order of commit over the whole store: one connection writes, so the number grows from commit to commit. An
    -- alias of the rowid; the key that everything else goes by is the unique index on (organization_id, id).
    position INTEGER NOT NULL PRIMARY KEY,
    organization_id BLOB NOT NULL REFERENCES organizations,
    id BLOB NOT NULL CHECK (length(id) = 16),
    action TEXT NOT NULL,
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    conversation_id BLOB CHECK (length(conversation_id) = 16),
    -- How a conversation was read by privilege, where that is what the entry tells.
    privileged_reading TEXT CHECK (privileged_reading IN ('open', 'export', 'fork')),
    occurred_at INTEGER NOT NULL,
    -- The entry as it is answered and delivered, one JSON object on one line.
    document TEXT NOT NULL,
    delivered_at INTEGER
) STRICT;

-- One index for each way through the log; the newest entry is the one with the greatest id.
CREATE UNIQUE INDEX audit_entries_of_organization ON audit_entries (organization_id, id);
CREATE INDEX audit_entries_of_conversation
    ON audit_entries (organization_id, conversation_id, id) WHERE conversation_id IS NOT NULL;
CREATE INDEX audit_entries_of_actor ON audit_entries (organization_id, actor_id, id);
CREATE INDEX audit_entries_of_action ON audit_entries (organization_id, action, id);
CREATE INDEX audit_entries_of_time ON audit_entries (organization_id, occurred_at);
CREATE INDEX audit_entries_privileged
    ON audit_entries (organization_id, conversation_id, id) WHERE privileged_reading IS NOT NULL;

-- What is not delivered yet; within it, the order of commit.
CREATE INDEX audit_entries_undelivered ON audit_entries (delivered_at) WHERE delivered_at IS NULL;
