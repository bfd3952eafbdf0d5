-- One message of a conversation, with its author's name and its siblings in the order in which they came.
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
    siblings.ids AS "siblings!",
    siblings.count AS "sibling_count!",
    siblings.index AS "sibling_index!"
FROM messages AS m
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
            WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.parent_id IS NULL AND m.parent_id IS NULL
        ) AS s
    ) AS all_of_them
) AS siblings
WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = $3
