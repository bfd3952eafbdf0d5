-- The newest message of those that follow ?3, itself among them.
WITH RECURSIVE below (id, position) AS (
    SELECT id, position
    FROM messages
    WHERE organization_id = ?1 AND conversation_id = ?2 AND id = ?3
        AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
    UNION ALL
    SELECT m.id, m.position
    FROM below
    CROSS JOIN messages AS m
    WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.parent_id = below.id
)
SELECT id AS "id!: Uuid"
FROM below
ORDER BY position DESC
LIMIT 1
