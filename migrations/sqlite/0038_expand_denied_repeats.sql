-- Repeated denials of one conversation's id to one person, which are counted for a minute: see crates/domain/src/denial.rs. The first
-- denial has its entry in the log at once. The count stands here until its entry is written, in the same transaction as its removal.
--
-- No foreign keys: the id may be that of no conversation, and nothing here may depend on whether it is.
CREATE TABLE denied_repeats (
    organization_id BLOB NOT NULL,
    actor_id BLOB NOT NULL CHECK (length(actor_id) = 16),
    conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
    -- When the first denial was stored, in microseconds since 1970-01-01T00:00:00Z by the store's clock.
    began_at INTEGER NOT NULL,
    -- How often it was repeated.
    repeats INTEGER NOT NULL DEFAULT 0,
    -- The id of the last denial that is counted, or of the first one.
    last_id BLOB NOT NULL CHECK (length(last_id) = 16),
    -- Of the repeats: when the first and the last one happened, and the last one as an entry. NULL while there is none.
    first_at INTEGER,
    last_at INTEGER,
    document TEXT,
    PRIMARY KEY (organization_id, actor_id, conversation_id)
) STRICT, WITHOUT ROWID;

-- For writing the entries of those whose minute is over.
CREATE INDEX denied_repeats_by_beginning ON denied_repeats (began_at);
