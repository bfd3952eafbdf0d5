-- The answers of a conversation that are being written. There are never many at a time, in all conversations together.
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
    u.name AS "author_name?",
    (
        -- Of the siblings only those around it, so that no answer grows with the square of their number.
        SELECT json_object(
            'ids', json_group_array(hex(near.id) ORDER BY near.position),
            'count', (
                SELECT count(*)
                FROM messages AS s
                WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id
            ),
            'index', (
                SELECT count(*)
                FROM messages AS s
                WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id
                    AND s.position < m.position
            )
        )
        FROM (
            SELECT * FROM (
                SELECT s.id, s.position
                FROM messages AS s
                WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id
                    AND s.position < m.position
                ORDER BY s.position DESC
                LIMIT 49
            )
            UNION ALL
            SELECT * FROM (
                SELECT s.id, s.position
                FROM messages AS s
                WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id
                    AND s.position >= m.position
                ORDER BY s.position
                LIMIT 50
            )
        ) AS near
    ) AS "siblings!: String"
FROM messages AS m INDEXED BY messages_being_written
LEFT JOIN users AS u ON u.organization_id = m.organization_id AND u.id = m.author_id
WHERE m.status = 'writing' AND m.organization_id = ?1 AND m.conversation_id = ?2
    AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
ORDER BY m.position
