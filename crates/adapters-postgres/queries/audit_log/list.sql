-- A page of the audit log, the newest first: in the order of positions, in which the store took the entries. One of these ways is taken ($9), the one whose index leads to the fewest entries;
-- what it does not decide is checked on each entry.
-- $1 organization, $2 action, $3 actor, $4 conversation, $5 from, $6 to, $7 before (NULL for the newest page), $8 the length of a page.
WITH start AS MATERIALIZED (
    SELECT CASE
        WHEN $7::uuid IS NULL THEN 9223372036854775807
        ELSE (SELECT before.position FROM audit_entries AS before WHERE before.organization_id = $1 AND before.id = $7)
    END AS position
)
SELECT e.id AS "id!", e.actor_id AS "actor_id!", e.conversation_id AS "conversation_id?", e.document AS "document!"
FROM (
    (
        SELECT id, actor_id, conversation_id, document, position
        FROM audit_entries
        WHERE $9 = 'conversation'
            AND organization_id = $1
            AND conversation_id = $4
            AND ($3::uuid IS NULL OR actor_id = $3)
            AND ($2::text IS NULL OR action = $2)
            AND position < (SELECT start.position FROM start)
            AND occurred_at >= $5
            AND occurred_at < $6
        ORDER BY position DESC
        LIMIT $8
    )
    UNION ALL
    (
        SELECT id, actor_id, conversation_id, document, position
        FROM audit_entries
        WHERE $9 = 'actor'
            AND organization_id = $1
            AND ($4::uuid IS NULL OR conversation_id = $4)
            AND actor_id = $3
            AND ($2::text IS NULL OR action = $2)
            AND position < (SELECT start.position FROM start)
            AND occurred_at >= $5
            AND occurred_at < $6
        ORDER BY position DESC
        LIMIT $8
    )
    UNION ALL
    -- The one way that sorts: positions grow with time, but not exactly. It sorts what lies between the two times, and OFFSET keeps it
    -- from walking through everything in the order of positions instead.
    (
        SELECT * FROM (
            SELECT id, actor_id, conversation_id, document, position
            FROM audit_entries
            WHERE $9 = 'time'
                AND organization_id = $1
                AND ($4::uuid IS NULL OR conversation_id = $4)
                AND ($3::uuid IS NULL OR actor_id = $3)
                AND ($2::text IS NULL OR action = $2)
                AND occurred_at >= $5
                AND occurred_at < $6
            OFFSET 0
        ) AS between_times
        WHERE position < (SELECT start.position FROM start)
        ORDER BY position DESC
        LIMIT $8
    )
    UNION ALL
    (
        SELECT id, actor_id, conversation_id, document, position
        FROM audit_entries
        WHERE $9 = 'action'
            AND organization_id = $1
            AND ($4::uuid IS NULL OR conversation_id = $4)
            AND ($3::uuid IS NULL OR actor_id = $3)
            AND action = $2
            AND position < (SELECT start.position FROM start)
            AND occurred_at >= $5
            AND occurred_at < $6
        ORDER BY position DESC
        LIMIT $8
    )
    UNION ALL
    (
        SELECT id, actor_id, conversation_id, document, position
        FROM audit_entries
        WHERE $9 = 'all'
            AND organization_id = $1
            AND ($4::uuid IS NULL OR conversation_id = $4)
            AND ($3::uuid IS NULL OR actor_id = $3)
            AND ($2::text IS NULL OR action = $2)
            AND position < (SELECT start.position FROM start)
            AND occurred_at >= $5
            AND occurred_at < $6
        ORDER BY position DESC
        LIMIT $8
    )
) AS e
ORDER BY e.position DESC
LIMIT $8
