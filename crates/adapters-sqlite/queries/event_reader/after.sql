-- The events of a conversation after number ?3, at most ?4, each with the message that it is about as it is now, its author's name
-- and its siblings in the order in which they came.
SELECT
    e.number,
    e.kind,
    m.id AS "id?: Uuid",
    m.parent_id AS "parent_id?: Uuid",
    m.position AS "position?",
    m.depth AS "depth?",
    m.role AS "role?",
    m.author_id AS "author_id?: Uuid",
    m.model AS "model?",
    m.status AS "status?",
    m.failure AS "failure?",
    m.reason AS "reason?",
    m.content AS "content?",
    m.reasoning AS "reasoning?",
    m.left_out AS "left_out?",
    m.prompt_tokens AS "prompt_tokens?",
    m.completion_tokens AS "completion_tokens?",
    m.created_at AS "created_at?",
    u.name AS "author_name?",
    (
        -- Of the siblings only those around it, so that no answer grows with the square of their number.
        SELECT json_object(
            'ids', json_group_array(hex(near.id) ORDER BY near.position),
            'count', (
                SELECT count(*)
                FROM messages AS s
                WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id AND m.id IS NOT NULL
            ),
            'index', (
                SELECT count(*)
                FROM messages AS s
                WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id AND m.id IS NOT NULL
                    AND s.position < m.position
            )
        )
        FROM (
            SELECT * FROM (
                SELECT s.id, s.position
                FROM messages AS s
                WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id AND m.id IS NOT NULL
                    AND s.position < m.position
                ORDER BY s.position DESC
                LIMIT 49
            )
            UNION ALL
            SELECT * FROM (
                SELECT s.id, s.position
                FROM messages AS s
                WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.parent_id IS m.parent_id AND m.id IS NOT NULL
                    AND s.position >= m.position
                ORDER BY s.position
                LIMIT 50
            )
        ) AS near
    ) AS "siblings!: String"
FROM conversation_events AS e
LEFT JOIN messages AS m ON m.organization_id = ?1 AND m.conversation_id = ?2 AND m.id = e.message_id
LEFT JOIN users AS u ON u.organization_id = ?1 AND u.id = m.author_id
WHERE e.organization_id = ?1 AND e.conversation_id = ?2 AND e.number > ?3
    AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
ORDER BY e.number
LIMIT ?4
