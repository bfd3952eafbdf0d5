-- The answers of a conversation that are being written, with what one shows beside them. There are never many at a time.
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
    m.prompt_tokens,
    m.completion_tokens,
    m.created_at,
    u.name AS "author_name?",
    CASE WHEN m.parent_id IS NULL THEN ARRAY(
        SELECT s.id
        FROM messages AS s
        WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.parent_id IS NULL
        ORDER BY s.position
    ) ELSE ARRAY(
        SELECT s.id
        FROM messages AS s
        WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.parent_id = m.parent_id
        ORDER BY s.position
    ) END AS "siblings!"
FROM messages AS m
LEFT JOIN users AS u ON u.organization_id = $1 AND u.id = m.author_id
WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.status = 'writing'
