-- The visible conversations that have all terms, found by the rarest one: for a caller who sees every conversation, by the terms of
-- all ($9, in place of the visibility condition); for others, by those of their audiences.
-- $1 to $5 as in list.sql; the ways in: $6 mine, $7 by a grant ($8 mine too), $9 everything; ($10, $11) the cursor;
-- $12 the audiences; ($13, $14) the range of the rarest term, $15 more entries than it has;
-- $16 and $17 the terms, each as a range; $18 how many hits are enough.
WITH matching (id) AS MATERIALIZED (
    SELECT DISTINCT s.conversation_id
    FROM (
        (
            SELECT s.conversation_id
            FROM search_terms AS s
            WHERE $9 AND s.organization_id = $1 AND s.term ~>=~ $13 AND s.term ~<~ $14
            ORDER BY s.term USING ~<~
            LIMIT $15
        )
        UNION ALL
        SELECT s.conversation_id
        FROM unnest($12::uuid[]) AS my (id)
        CROSS JOIN LATERAL (
            SELECT s.conversation_id
            FROM search_audience_terms AS s
            WHERE s.organization_id = $1 AND s.audience_id = my.id AND s.term >= $13 AND s.term < $14
            ORDER BY s.term
            LIMIT $15
        ) AS s
        UNION ALL
        -- Those whose terms an audience may not have yet.
        SELECT p.conversation_id
        FROM unnest($12::uuid[]) AS my (id)
        CROSS JOIN LATERAL (
            SELECT p.conversation_id
            FROM search_audience_pending AS p
            WHERE p.organization_id = $1 AND p.audience_id = my.id
            ORDER BY p.conversation_id
            LIMIT $15
        ) AS p
    ) AS s
),
hits (last_activity_at, id) AS MATERIALIZED (
    SELECT c.last_activity_at, c.id
    FROM matching AS m
    CROSS JOIN LATERAL (
        SELECT c.last_activity_at, c.id, c.owner_id, c.organization_level
        FROM conversations AS c
        WHERE c.organization_id = $1 AND c.id = m.id
        -- Found by its id, and only then compared with the cursor.
        OFFSET 0
    ) AS c
    WHERE (c.last_activity_at, c.id) < ($10, $11)
        AND (
            $9
            OR ($6 AND c.owner_id = $2)
            OR (
                $7
                AND ($8 OR c.owner_id <> $2)
                AND (
                    c.organization_level IS NOT NULL
                    OR ARRAY(
                        SELECT g.group_id
                        FROM conversation_group_grants AS g
                        WHERE g.organization_id = $1 AND g.conversation_id = c.id
                    ) && $3
                )
            )
        )
        -- The first term that is missing.
        AND (
            SELECT t.first
            FROM unnest($16::text[], $17::text[]) AS t (first, beyond)
            -- The index of all terms is always right: what it found has the rarest one.
            WHERE NOT ($9 AND t.first = $13)
                AND (
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
    LIMIT $18
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
            AND (g.group_id = ANY ($3)) IS TRUE
    ) END AS "my_group_grants?",
    c.created_at AS "created_at!",
    c.last_activity_at AS "last_activity_at!",
    c.version AS "version!",
    -- What it is a copy of, while the principal can see that one.
    CASE WHEN c.forked_from IS NOT NULL THEN (
        SELECT origin.id
        FROM conversations AS origin
        WHERE origin.organization_id = $1
            AND origin.id = c.forked_from
            AND (
                $4
                OR origin.owner_id = $2
                OR (
                    $5
                    AND (
                        origin.organization_level IS NOT NULL
                        -- No EXISTS: of one of those PostgreSQL may make a table of all grants to my groups.
                        OR ARRAY(
                            SELECT g.group_id
                            FROM conversation_group_grants AS g
                            WHERE g.organization_id = $1 AND g.conversation_id = origin.id
                        ) && $3
                    )
                )
            )
    ) END AS "forked_from?",
    true AS "is_hit!",
    -- A message that has the first term.
    (
        SELECT s.position
        FROM search_terms AS s
        WHERE s.organization_id = $1
            AND s.conversation_id = c.id
            AND s.term >= ($16::text[])[1]
            AND s.term < ($17::text[])[1]
        ORDER BY s.term
        LIMIT 1
    ) AS "position?",
    0::bigint AS "conversations!"
FROM hits AS h
CROSS JOIN LATERAL (
    SELECT c.* FROM conversations AS c WHERE c.organization_id = $1 AND c.id = h.id OFFSET 0
) AS c
JOIN users AS u ON u.organization_id = $1 AND u.id = c.owner_id
ORDER BY c.last_activity_at DESC, c.id DESC
