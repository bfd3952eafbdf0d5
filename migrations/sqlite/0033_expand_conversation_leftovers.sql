-- Conversations that have rows in other tables (messages, events, search terms) but none in `conversations`: copies that are
-- being made, and deleted ones. Everything is asked for through `conversations`, so nobody finds these rows. A connection that
-- does not check foreign keys writes them; a sweep removes those of deleted conversations and of copies that broke off.
CREATE TABLE conversation_leftovers (
    organization_id BLOB NOT NULL REFERENCES organizations,
    conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
    -- A copy that is being made: when something was last added to it, in microseconds since 1970-01-01T00:00:00Z by the store's
    -- own clock. NULL: everything is to be removed.
    heartbeat_at INTEGER,
    PRIMARY KEY (organization_id, conversation_id)
) STRICT, WITHOUT ROWID;
