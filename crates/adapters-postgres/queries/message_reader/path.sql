-- The part of a path from depth $4 on, at most $5 messages and about $6 bytes of text long, and the leaf itself, so that an empty
-- part tells where it ends too. Where not all have room, those that came last stay if $7, and else those that came first.
-- The path is walked up from the leaf by ids alone, and no further than the part needs. A path has one message of each depth.
-- OFFSET keeps it so: one message after the other, never all of the conversation's.
WITH RECURSIVE leaf (id) AS (
    SELECT id
    FROM messages
    WHERE $3::uuid IS NOT NULL AND organization_id = $1 AND conversation_id = $2 AND id = $3
    UNION ALL
    -- The message that came last is the newest leaf.
    (
        SELECT id
        FROM messages
        WHERE $3::uuid IS NULL AND organization_id = $1 AND conversation_id = $2
        ORDER BY position DESC
        LIMIT 1
    )
),
path (id, parent_id, depth, is_leaf) AS (
    SELECT m.id, m.parent_id, m.depth, true
    FROM leaf
    CROSS JOIN LATERAL (
        SELECT m.id, m.parent_id, m.depth
        FROM messages AS m
        WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = leaf.id
        OFFSET 0
    ) AS m
    UNION ALL
    SELECT m.id, m.parent_id, m.depth, false
    FROM path
    CROSS JOIN LATERAL (
        SELECT m.id, m.parent_id, m.depth
        FROM messages AS m
        WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = path.parent_id
        OFFSET 0
    ) AS m
    WHERE path.depth > $4::bigint
),
-- How much text comes before each message in the part; a length is read without the text.
sized (id, depth, is_leaf, is_in_part) AS (
    SELECT
        path.id,
        path.depth,
        path.is_leaf,
        path.depth >= $4::bigint
            AND path.depth < $4::bigint + $5::bigint
            AND sum(
                CASE WHEN path.depth >= $4::bigint AND path.depth < $4::bigint + $5::bigint THEN m.bytes ELSE 0 END
            ) OVER (ORDER BY CASE WHEN $7 THEN -path.depth ELSE path.depth END) - m.bytes < $6::bigint
    FROM path
    CROSS JOIN LATERAL (
        SELECT octet_length(m.content) + coalesce(octet_length(m.reasoning), 0) AS bytes
        FROM messages AS m
        WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = path.id
        OFFSET 0
    ) AS m
)
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
    siblings.index AS "sibling_index!",
    path.is_leaf AS "is_leaf!",
    path.is_in_part AS "is_in_part!"
FROM sized AS path
CROSS JOIN LATERAL (
    SELECT m.*
    FROM messages AS m
    WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = path.id
    OFFSET 0
) AS m
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
WHERE path.is_leaf OR path.is_in_part
-- At most a page and the leaf.
ORDER BY path.depth
