-- The events of a conversation after number $3, at most $4, each with the message that it is about as it is now, its author's name
-- and its siblings in the order in which they came.
SELECT
    e.number,
    e.kind,
    m.id AS "id?",
    m.parent_id AS "parent_id?",
    m.position AS "position?",
    m.depth AS "depth?",
    m.role AS "role?",
    m.author_id AS "author_id?",
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
    siblings.ids AS "siblings!",
    siblings.count AS "sibling_count!",
    siblings.index AS "sibling_index!"
FROM conversation_events AS e
LEFT JOIN messages AS m ON m.organization_id = $1 AND m.conversation_id = $2 AND m.id = e.message_id
LEFT JOIN users AS u ON u.organization_id = $1 AND u.id = m.author_id
CROSS JOIN LATERAL (
    -- Of the siblings only those around it, so that no answer grows with the square of their number.
    SELECT
        all_of_them.ids[greatest(all_of_them.index - 48, 1) : all_of_them.index + 50] AS ids,
        cardinality(all_of_them.ids) AS count,
        all_of_them.index
    FROM (
        SELECT
            coalesce(array_agg(s.id ORDER BY s.position), ARRAY[]::uuid[]) AS ids,
            (count(*) FILTER (WHERE s.position < m.position))::int AS index
        FROM (
            SELECT s.id, s.position
            FROM messages AS s
            WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.parent_id = m.parent_id
            UNION ALL
            SELECT s.id, s.position
            FROM messages AS s
            WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.parent_id IS NULL AND m.parent_id IS NULL AND m.id IS NOT NULL
        ) AS s
    ) AS all_of_them
) AS siblings
WHERE e.organization_id = $1 AND e.conversation_id = $2 AND e.number > $3
ORDER BY e.number
LIMIT $4
