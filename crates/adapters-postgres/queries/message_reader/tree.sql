-- The map of a conversation: messages after position $3, shortened to $5 characters, at most $4 of them.
SELECT
    m.id,
    m.parent_id,
    m.role,
    m.author_id,
    m.created_at,
    left(m.content, $5) AS "preview!",
    m.position
FROM messages AS m
WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.position > $3
ORDER BY m.position
LIMIT $4
