-- The newest message of those that follow $3, itself among them. OFFSET keeps it so: what follows one message after the other,
-- never all of the conversation's.
WITH RECURSIVE below (id, position) AS (
    SELECT id, position
    FROM messages
    WHERE organization_id = $1 AND conversation_id = $2 AND id = $3
    UNION ALL
    SELECT m.id, m.position
    FROM below
    CROSS JOIN LATERAL (
        SELECT m.id, m.position
        FROM messages AS m
        WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.parent_id = below.id
        OFFSET 0
    ) AS m
)
SELECT id AS "id!"
FROM below
ORDER BY position DESC
LIMIT 1
