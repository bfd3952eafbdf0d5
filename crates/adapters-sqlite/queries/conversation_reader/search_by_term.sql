-- The conversations that have all terms, found by their rarest one: for a caller who sees every conversation (?3, in place of
-- the visibility condition).
-- ?1 organization, ?2 the caller's groups; (?4, ?5) the range of the rarest term; (?6, ?7) the cursor;
-- ?8 the terms, each as a range; ?9 how many hits are enough.
WITH hits (last_activity_at, id) AS MATERIALIZED (
    SELECT c.last_activity_at, c.id
    FROM (
        SELECT DISTINCT s.conversation_id AS id
        FROM search_terms AS s INDEXED BY search_terms_by_term
        WHERE ?3 AND s.organization_id = ?1 AND s.term || '' >= ?4 AND s.term || '' < ?5
    ) AS matching
    CROSS JOIN conversations AS c ON c.organization_id = ?1 AND c.id = matching.id
    WHERE (c.last_activity_at, c.id) < (?6, ?7)
        AND NOT EXISTS (
            SELECT 1
            FROM json_each(?8) AS t
            WHERE NOT EXISTS (
                SELECT 1
                FROM search_terms AS s
                WHERE s.organization_id = ?1
                    AND s.conversation_id = c.id
                    AND s.term >= t.value ->> 0
                    AND s.term < t.value ->> 1
            )
        )
    ORDER BY c.last_activity_at DESC, c.id DESC
    LIMIT ?9
)
SELECT
    c.id,
    c.owner_id,
    u.name AS owner_name,
    c.title,
    c.title_is_given AS "title_is_given?: bool",
    c.privacy,
    c.organization_level,
    CASE WHEN c.privacy = 'shared' THEN (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM conversation_group_grants AS g
        WHERE g.organization_id = ?1
            AND g.conversation_id = c.id
            AND g.group_id IN (SELECT unhex(my.value) FROM json_each(?2) AS my)
    ) END AS "my_group_levels?: String",
    c.created_at,
    c.last_activity_at,
    c.version,
    -- What it is a copy of: the caller sees that one too, while it exists.
    (
        SELECT origin.id
        FROM conversations AS origin
        WHERE origin.organization_id = ?1 AND origin.id = c.forked_from
    ) AS "forked_from?: Uuid",
    -- A message that has the first term.
    (
        SELECT s.position
        FROM search_terms AS s
        WHERE s.organization_id = ?1
            AND s.conversation_id = c.id
            AND s.term >= ?8 ->> '$[0][0]'
            AND s.term < ?8 ->> '$[0][1]'
        ORDER BY s.term
        LIMIT 1
    ) AS "position?: i64"
FROM hits AS h
CROSS JOIN conversations AS c ON c.organization_id = ?1 AND c.id = h.id
CROSS JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
ORDER BY h.last_activity_at DESC, h.id DESC
