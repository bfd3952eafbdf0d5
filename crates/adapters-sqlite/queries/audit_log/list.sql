-- A page of the audit log, the newest first. One of these ways is taken (?9), the one whose index leads to the fewest entries;
-- what it does not decide is checked on each entry.
-- ?1 organization, ?2 action, ?3 actor, ?4 conversation, ?5 from, ?6 to, ?7 before, ?8 the length of a page.
WITH page (id) AS MATERIALIZED (
    SELECT * FROM (
        SELECT id
        FROM audit_entries INDEXED BY audit_entries_of_conversation
        WHERE ?9 = 'conversation'
            AND organization_id = ?1
            AND id < ?7
            AND conversation_id = ?4
            AND (?3 IS NULL OR actor_id = ?3)
            AND (?2 IS NULL OR action = ?2)
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY id DESC
        LIMIT ?8
    )
    UNION ALL
    SELECT * FROM (
        SELECT id
        FROM audit_entries INDEXED BY audit_entries_of_actor
        WHERE ?9 = 'actor'
            AND organization_id = ?1
            AND id < ?7
            AND (?4 IS NULL OR conversation_id = ?4)
            AND actor_id = ?3
            AND (?2 IS NULL OR action = ?2)
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY id DESC
        LIMIT ?8
    )
    -- The one way that sorts: ids grow with time, but not exactly. It sorts what lies between the two times.
    UNION ALL
    SELECT * FROM (
        SELECT id
        FROM audit_entries INDEXED BY audit_entries_of_time
        WHERE ?9 = 'time'
            AND organization_id = ?1
            AND id < ?7
            AND (?4 IS NULL OR conversation_id = ?4)
            AND (?3 IS NULL OR actor_id = ?3)
            AND (?2 IS NULL OR action = ?2)
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY id DESC
        LIMIT ?8
    )
    UNION ALL
    SELECT * FROM (
        SELECT id
        FROM audit_entries INDEXED BY audit_entries_of_action
        WHERE ?9 = 'action'
            AND organization_id = ?1
            AND id < ?7
            AND (?4 IS NULL OR conversation_id = ?4)
            AND (?3 IS NULL OR actor_id = ?3)
            AND action = ?2
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY id DESC
        LIMIT ?8
    )
    UNION ALL
    SELECT * FROM (
        SELECT id
        FROM audit_entries INDEXED BY audit_entries_of_organization
        WHERE ?9 = 'all'
            AND organization_id = ?1
            AND id < ?7
            AND (?4 IS NULL OR conversation_id = ?4)
            AND (?3 IS NULL OR actor_id = ?3)
            AND (?2 IS NULL OR action = ?2)
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY id DESC
        LIMIT ?8
    )
)
SELECT e.id, e.actor_id, e.conversation_id, e.document
FROM page
CROSS JOIN audit_entries AS e ON e.organization_id = ?1 AND e.id = page.id
ORDER BY page.id DESC
