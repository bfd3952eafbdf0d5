-- Repeated denials of one conversation's id to one person, which are counted for a minute: see crates/domain/src/denial.rs. The first
-- denial has its entry in the log at once. The count stands here until its entry is written, in the same transaction as its removal.
--
-- No foreign keys: the id may be that of no conversation, and nothing here may depend on whether it is.
CREATE TABLE denied_repeats (
    organization_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    -- When the first denial was stored, by the store's clock.
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- How often it was repeated.
    repeats bigint NOT NULL DEFAULT 0,
    -- The id of the last denial that is counted, or of the first one.
    last_id uuid NOT NULL,
    -- Of the repeats: when the first and the last one happened, and the last one as an entry. NULL while there is none.
    first_at timestamptz,
    last_at timestamptz,
    document text,
    PRIMARY KEY (organization_id, actor_id, conversation_id)
);

-- For writing the entries of those whose minute is over.
CREATE INDEX denied_repeats_by_beginning ON denied_repeats (began_at);

ALTER TABLE denied_repeats ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_the_organization ON denied_repeats TO parlor_service
    USING (organization_id = parlor_current_organization());
CREATE POLICY of_all ON denied_repeats TO parlor_upkeep USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON denied_repeats TO parlor_service;
-- A row is locked before it is removed, for which PostgreSQL wants the right to update something of it.
GRANT SELECT, UPDATE (repeats), DELETE ON denied_repeats TO parlor_upkeep;
