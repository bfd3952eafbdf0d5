-- Which openings by privilege are one visit, so that the owner sees one line a visit. See crates/domain/src/visit.rs.
--
-- Entries of earlier versions stay as they are: each opening among them is a line of its own. So is each one that an instance of the
-- version before stores while it runs beside this one.
ALTER TABLE audit_entries
    -- When the store took the entry, by the store's clock; NULL for entries from before this migration.
    ADD COLUMN recorded_at timestamptz,
    -- The visit that an opening continues: the id of the entry that began it. NULL for the entry that begins a visit, and for all others.
    ADD COLUMN visit_id uuid;
-- Not with the column, whose old rows would all get the time of the migration.
ALTER TABLE audit_entries ALTER COLUMN recorded_at SET DEFAULT clock_timestamp();

-- While these are built no entry can be written: about half a second for each million entries.
--
-- The newest opening of a conversation by one person.
CREATE INDEX audit_entries_openings
    ON audit_entries (organization_id, conversation_id, actor_id, position) WHERE privileged_reading = 'open';
-- What the owner sees, one entry a line. (The version before lists by audit_entries_privileged_in_order.)
CREATE INDEX audit_entries_visits
    ON audit_entries (organization_id, conversation_id, position) WHERE privileged_reading IS NOT NULL AND visit_id IS NULL;
-- The newest entry of a visit.
CREATE INDEX audit_entries_of_visit ON audit_entries (organization_id, visit_id, position) WHERE visit_id IS NOT NULL;

-- The visit that an opening continues, if there is one. A function of its own, since its statement sees what others committed while the
-- statement around it waited for the conversation's lock: two openings at the same moment are one visit.
CREATE FUNCTION parlor_continued_visit(organization uuid, conversation uuid, actor uuid, pause interval) RETURNS uuid
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    last record;
BEGIN
    SELECT coalesce(e.visit_id, e.id) AS visit_id, coalesce(e.recorded_at, e.occurred_at) AS recorded_at INTO last
    FROM audit_entries AS e
    WHERE e.organization_id = organization
        AND e.conversation_id = conversation
        AND e.actor_id = actor
        AND e.privileged_reading = 'open'
    ORDER BY e.position DESC
    LIMIT 1;
    RETURN CASE WHEN last.recorded_at > clock_timestamp() - pause THEN last.visit_id END;
END
$$;

REVOKE ALL ON FUNCTION parlor_continued_visit(uuid, uuid, uuid, interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION parlor_continued_visit(uuid, uuid, uuid, interval) TO parlor_service;
