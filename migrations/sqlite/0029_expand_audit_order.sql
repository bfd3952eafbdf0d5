-- The audit log is listed in the order of commit, not by the entries' ids, which are given by the clock. `position` is that order; as an
-- alias of the rowid it is the end of every index, and stands in none of these.
DROP INDEX audit_entries_of_conversation;
DROP INDEX audit_entries_of_actor;
DROP INDEX audit_entries_of_action;
DROP INDEX audit_entries_privileged;
CREATE INDEX audit_entries_of_conversation
    ON audit_entries (organization_id, conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX audit_entries_of_actor ON audit_entries (organization_id, actor_id);
CREATE INDEX audit_entries_of_action ON audit_entries (organization_id, action);
CREATE INDEX audit_entries_privileged
    ON audit_entries (organization_id, conversation_id) WHERE privileged_reading IS NOT NULL;
CREATE INDEX audit_entries_by_position ON audit_entries (organization_id);
