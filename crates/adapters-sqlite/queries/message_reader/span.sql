-- The messages with a position from ?3 to ?4 in the order in which they came, with their authors' names.
SELECT
    m.id,
    m.parent_id,
    m.position,
    m.depth,
    m.role,
    m.author_id,
    m.model,
    m.status,
    m.failure,
    m.reason,
    m.content,
    m.reasoning,
    m.left_out,
    m.prompt_tokens,
    m.completion_tokens,
    m.created_at,
    u.name AS "author_name?"
FROM messages AS m
LEFT JOIN users AS u ON u.organization_id = m.organization_id AND u.id = m.author_id
WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.position BETWEEN ?3 AND ?4
    AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
ORDER BY m.position
