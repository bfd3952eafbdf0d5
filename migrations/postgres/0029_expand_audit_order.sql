-- The audit log is listed in the order in which the store took the entries, not by their ids, which instances give by their own clocks.
-- `position` is that order: see append.sql. (audit_entries_by_position leads through all of an organization's entries.)
--
-- While these are built no entry can be written: about two seconds for each million entries. The indexes that end with the id stay for
-- programs that list by it, until a later version.
CREATE INDEX audit_entries_of_conversation_in_order
    ON audit_entries (organization_id, conversation_id, position) WHERE conversation_id IS NOT NULL;
CREATE INDEX audit_entries_of_actor_in_order ON audit_entries (organization_id, actor_id, position);
CREATE INDEX audit_entries_of_action_in_order ON audit_entries (organization_id, action, position);
CREATE INDEX audit_entries_privileged_in_order
    ON audit_entries (organization_id, conversation_id, position) WHERE privileged_reading IS NOT NULL;
