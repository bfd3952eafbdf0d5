-- The part of a path from depth ?4 on, at most ?5 messages and about ?6 bytes of text long, and the leaf itself, so that an empty
-- part tells where it ends too. Where not all have room, those that came last stay if ?7, and else those that came first.
-- The path is walked up from the leaf by ids alone, and no further than the part needs. A path has one message of each depth.
WITH RECURSIVE leaf (id) AS (
    SELECT id
    FROM messages
    WHERE ?3 IS NOT NULL AND organization_id = ?1 AND conversation_id = ?2 AND id = ?3
        AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
    UNION ALL
    -- The message that came last is the newest leaf.
    SELECT id FROM (
        SELECT id
        FROM messages
        WHERE ?3 IS NULL AND organization_id = ?1 AND conversation_id = ?2
            AND EXISTS (SELECT 1 FROM conversations AS c WHERE c.organization_id = ?1 AND c.id = ?2)
        ORDER BY position DESC
        LIMIT 1
    )
),
path (id, parent_id, depth, is_leaf) AS (
    SELECT m.id, m.parent_id, m.depth, 1
    FROM leaf
    CROSS JOIN messages AS m
    WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.id = leaf.id
    UNION ALL
    SELECT m.id, m.parent_id, m.depth, 0
    FROM path
    CROSS JOIN messages AS m
    WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.id = path.parent_id AND path.depth > ?4
),
-- How much text comes before each message in the part; a length is read without the text.
sized (id, depth, is_leaf, is_in_part) AS (
    SELECT
        path.id,
        path.depth,
        path.is_leaf,
        path.depth >= ?4
            AND path.depth < ?4 + ?5
            AND sum(
                CASE
                    WHEN path.depth >= ?4 AND path.depth < ?4 + ?5
                        THEN octet_length(m.content) + coalesce(octet_length(m.reasoning), 0)
                    ELSE 0
                END
            ) OVER (ORDER BY CASE WHEN ?7 THEN -path.depth ELSE path.depth END)
                - octet_length(m.content) - coalesce(octet_length(m.reasoning), 0) < ?6
    FROM path
    CROSS JOIN messages AS m
    WHERE m.organization_id = ?1 AND m.conversation_id = ?2 AND m.id = path.id
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
    ) AS "siblings!: String",
    path.is_leaf AS "is_leaf!: bool",
    path.is_in_part AS "is_in_part!: bool"
FROM sized AS path
CROSS JOIN messages AS m
LEFT JOIN users AS u ON u.organization_id = m.organization_id AND u.id = m.author_id
WHERE m.organization_id = ?1
    AND m.conversation_id = ?2
    AND m.id = path.id
    AND (path.is_leaf OR path.is_in_part)
-- At most a page and the leaf.
ORDER BY path.depth
