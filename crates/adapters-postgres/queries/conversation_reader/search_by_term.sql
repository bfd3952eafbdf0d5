-- The conversations that have all terms, found by their rarest one: for a caller who sees every conversation ($3, in place of
-- the visibility condition).
-- $1 organization, $2 the caller's groups; ($4, $5) the range of the rarest term, $6 more entries than it has;
-- ($7, $8) the cursor; $9 and $10 the terms, each as a range; $11 how many hits are enough.
WITH matching (id) AS MATERIALIZED (
    SELECT DISTINCT s.conversation_id
    FROM (
        SELECT s.conversation_id
        FROM search_terms AS s
        WHERE $3 AND s.organization_id = $1 AND s.term ~>=~ $4 AND s.term ~<~ $5
        ORDER BY s.term USING ~<~
        LIMIT $6
    ) AS s
),
hits (last_activity_at, id) AS MATERIALIZED (
    SELECT c.last_activity_at, c.id
    FROM matching AS m
    CROSS JOIN LATERAL (
        SELECT c.last_activity_at, c.id
        FROM conversations AS c
        WHERE c.organization_id = $1 AND c.id = m.id
        -- Found by its id, and only then compared with the cursor.
        OFFSET 0
    ) AS c
    WHERE (c.last_activity_at, c.id) < ($7, $8)
    -- The first term that is missing.
    AND (
        SELECT t.first
        FROM unnest($9::text[], $10::text[]) AS t (first, beyond)
        WHERE (
            SELECT s.term
            FROM search_terms AS s
            WHERE s.organization_id = $1
                AND s.conversation_id = c.id
                AND s.term >= t.first
                AND s.term < t.beyond
            ORDER BY s.term
            LIMIT 1
        ) IS NULL
        LIMIT 1
    ) IS NULL
    ORDER BY c.last_activity_at DESC, c.id DESC
    LIMIT $11
)
SELECT
    c.id AS "id!",
    c.owner_id AS "owner_id!",
    u.name AS "owner_name!",
    c.title AS "title!",
    c.title_is_given AS "title_is_given?",
    c.privacy AS "privacy!",
    c.organization_level AS "organization_level?",
    CASE WHEN c.privacy = 'shared' THEN ARRAY(
        SELECT g.level || ' ' || g.group_id
        FROM conversation_group_grants AS g
        WHERE g.organization_id = $1
            AND g.conversation_id = c.id
            AND (g.group_id = ANY ($2)) IS TRUE
    ) END AS "my_group_grants?",
    c.created_at AS "created_at!",
    c.last_activity_at AS "last_activity_at!",
    c.version AS "version!",
    -- What it is a copy of: the caller sees that one too, while it exists.
    (
        SELECT origin.id
        FROM conversations AS origin
        WHERE origin.organization_id = $1 AND origin.id = c.forked_from
    ) AS "forked_from?",
    -- A message that has the first term.
    (
        SELECT s.position
        FROM search_terms AS s
        WHERE s.organization_id = $1
            AND s.conversation_id = c.id
            AND s.term >= ($9::text[])[1]
            AND s.term < ($10::text[])[1]
        ORDER BY s.term
        LIMIT 1
    ) AS "position?"
FROM hits AS h
CROSS JOIN LATERAL (
    SELECT c.* FROM conversations AS c WHERE c.organization_id = $1 AND c.id = h.id OFFSET 0
) AS c
JOIN users AS u ON u.organization_id = $1 AND u.id = c.owner_id
ORDER BY c.last_activity_at DESC, c.id DESC
