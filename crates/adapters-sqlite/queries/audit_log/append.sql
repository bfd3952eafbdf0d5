-- Adds an entry, if its id is not taken. A reading with privileged access continues the visit of the same person's newest reading of the
-- same conversation, if that is less than ?9 microseconds old. (One connection writes, so readings at the same moment come one after the
-- other.)
INSERT INTO audit_entries (
    organization_id, id, action, actor_id, conversation_id, privileged_reading, occurred_at, document,
    recorded_at, visit_id
)
VALUES (
    ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8,
    CAST(unixepoch('subsec') * 1000000 AS INTEGER),
    CASE
        WHEN ?6 = 'open' THEN (
            SELECT CASE
                WHEN coalesce(e.recorded_at, e.occurred_at) > CAST(unixepoch('subsec') * 1000000 AS INTEGER) - ?9
                    THEN coalesce(e.visit_id, e.id)
            END
            FROM audit_entries AS e INDEXED BY audit_entries_openings
            WHERE e.organization_id = ?1
                AND e.conversation_id = ?5
                AND e.actor_id = ?4
                AND e.privileged_reading = 'open'
            ORDER BY e.position DESC
            LIMIT 1
        )
    END
)
ON CONFLICT DO NOTHING
