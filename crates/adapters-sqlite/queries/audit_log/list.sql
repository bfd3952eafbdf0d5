-- A page of the audit log, the newest first: in the order of positions, which is that of commit. One of these ways is taken (?9), the one whose index leads to the fewest entries;
-- what it does not decide is checked on each entry.
-- ?1 organization, ?2 action, ?3 actor, ?4 conversation, ?5 from, ?6 to, ?7 before (NULL for the newest page), ?8 the length of a page.
WITH start (position) AS MATERIALIZED (
    SELECT CASE
        WHEN ?7 IS NULL THEN 9223372036854775807
        ELSE (SELECT before.position FROM audit_entries AS before WHERE before.organization_id = ?1 AND before.id = ?7)
    END
),
page (position) AS MATERIALIZED (
    SELECT * FROM (
        SELECT position
        FROM audit_entries INDEXED BY audit_entries_of_conversation
        WHERE ?9 = 'conversation'
            AND organization_id = ?1
            AND position < (SELECT start.position FROM start)
            AND conversation_id = ?4
            AND (?3 IS NULL OR actor_id = ?3)
            AND (?2 IS NULL OR action = ?2)
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY position DESC
        LIMIT ?8
    )
    UNION ALL
    SELECT * FROM (
        SELECT position
        FROM audit_entries INDEXED BY audit_entries_of_actor
        WHERE ?9 = 'actor'
            AND organization_id = ?1
            AND position < (SELECT start.position FROM start)
            AND (?4 IS NULL OR conversation_id = ?4)
            AND actor_id = ?3
            AND (?2 IS NULL OR action = ?2)
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY position DESC
        LIMIT ?8
    )
    -- The one way that sorts: positions grow with time, but not exactly. It sorts what lies between the two times.
    UNION ALL
    SELECT * FROM (
        SELECT position
        FROM audit_entries INDEXED BY audit_entries_of_time
        WHERE ?9 = 'time'
            AND organization_id = ?1
            AND position < (SELECT start.position FROM start)
            AND (?4 IS NULL OR conversation_id = ?4)
            AND (?3 IS NULL OR actor_id = ?3)
            AND (?2 IS NULL OR action = ?2)
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY position DESC
        LIMIT ?8
    )
    UNION ALL
    SELECT * FROM (
        SELECT position
        FROM audit_entries INDEXED BY audit_entries_of_action
        WHERE ?9 = 'action'
            AND organization_id = ?1
            AND position < (SELECT start.position FROM start)
            AND (?4 IS NULL OR conversation_id = ?4)
            AND (?3 IS NULL OR actor_id = ?3)
            AND action = ?2
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY position DESC
        LIMIT ?8
    )
    UNION ALL
    SELECT * FROM (
        SELECT position
        FROM audit_entries INDEXED BY audit_entries_by_position
        WHERE ?9 = 'all'
            AND organization_id = ?1
            AND position < (SELECT start.position FROM start)
            AND (?4 IS NULL OR conversation_id = ?4)
            AND (?3 IS NULL OR actor_id = ?3)
            AND (?2 IS NULL OR action = ?2)
            AND occurred_at >= ?5
            AND occurred_at < ?6
        ORDER BY position DESC
        LIMIT ?8
    )
)
SELECT e.id, e.actor_id, e.conversation_id, e.document
FROM page
CROSS JOIN audit_entries AS e ON e.position = page.position
ORDER BY page.position DESC
