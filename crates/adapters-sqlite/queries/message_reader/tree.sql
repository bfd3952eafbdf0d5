-- The map of a conversation: messages after position ?3, shortened to ?5 characters, at most ?4 of them.
SELECT
    m.id,
    m.parent_id,
    m.role,
    m.author_id,
    m.created_at,
    substr(m.content, 1, ?5) AS "preview!: String",
    m.position
FROM messages AS m
WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.position > ?3
    AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
ORDER BY m.position
LIMIT ?4
