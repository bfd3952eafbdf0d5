-- A page of a search: what the words are found in, as far as the principal can see it. The words decide what it costs.
-- $1 to $5 as in list.sql; the ways in: $6 mine, $7 by a grant ($8 mine too), $9 everything, $10 others' private ones;
-- ($11, $12) the cursor, $13 the length of a page, $14 the words, in the language of the index.
WITH page AS (
    SELECT
        c.id,
        c.owner_id,
        c.title,
        c.privacy,
        c.organization_level,
        c.created_at,
        c.last_activity_at,
        c.version,
        c.forked_from
    FROM parlor_search($14) AS found (id)
    -- OFFSET keeps it in this order: first what was found, then each conversation.
    CROSS JOIN LATERAL (
        SELECT c.* FROM conversations AS c WHERE c.organization_id = $1 AND c.id = found.id OFFSET 0
    ) AS c
    WHERE (
            ($6 AND c.owner_id = $2)
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
            OR $9
            OR ($10 AND c.privacy = 'private' AND c.owner_id <> $2)
        )
        AND (c.last_activity_at, c.id) < ($11, $12)
    ORDER BY c.last_activity_at DESC, c.id DESC
    LIMIT $13
)
SELECT
    c.id AS "id!",
    c.owner_id AS "owner_id!",
    u.name AS "owner_name!",
    c.title AS "title!",
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
    ) END AS "forked_from?"
FROM page AS c
JOIN users AS u ON u.organization_id = $1 AND u.id = c.owner_id
ORDER BY c.last_activity_at DESC, c.id DESC
