-- Which openings by privilege are one visit, so that the owner sees one line a visit. See crates/domain/src/visit.rs.
--
-- Entries of earlier versions stay as they are: each opening among them is a line of its own.
--
-- When the store took the entry, by the store's clock; NULL for entries of earlier versions.
ALTER TABLE audit_entries ADD COLUMN recorded_at INTEGER;
-- The visit that an opening continues: the id of the entry that began it. NULL for the entry that begins a visit, and for all others.
ALTER TABLE audit_entries ADD COLUMN visit_id BLOB CHECK (length(visit_id) = 16);

-- The newest opening of a conversation by one person.
CREATE INDEX audit_entries_openings
    ON audit_entries (organization_id, conversation_id, actor_id) WHERE privileged_reading = 'open';
-- What the owner sees, one entry a line.
DROP INDEX audit_entries_privileged;
CREATE INDEX audit_entries_privileged
    ON audit_entries (organization_id, conversation_id) WHERE privileged_reading IS NOT NULL AND visit_id IS NULL;
-- The newest entry of a visit.
CREATE INDEX audit_entries_of_visit ON audit_entries (organization_id, visit_id) WHERE visit_id IS NOT NULL;
