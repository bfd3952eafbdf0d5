-- A page of conversations that need no grant: the user's own, or all with privileged access. As in list.sql, a way in that is switched
-- off costs nothing.
-- $1 to $5 as in list.sql; the ways in: $6 mine, $7 everything, $8 others' private ones;
-- ($9, $10) the cursor, $11 the length of a page.
WITH page AS (
    SELECT w.*
    FROM (
        (
            SELECT
                c.id,
                c.owner_id,
                c.title,
                c.title_is_given,
                c.privacy,
                c.organization_level,
                c.created_at,
                c.last_activity_at,
                c.version,
                c.forked_from
            FROM conversations AS c
            WHERE $6
                AND c.organization_id = $1
                AND c.owner_id = $2
                AND (c.last_activity_at, c.id) < ($9, $10)
            ORDER BY c.last_activity_at DESC, c.id DESC
        )
        UNION ALL
        (
            SELECT
                c.id,
                c.owner_id,
                c.title,
                c.title_is_given,
                c.privacy,
                c.organization_level,
                c.created_at,
                c.last_activity_at,
                c.version,
                c.forked_from
            FROM conversations AS c
            WHERE $7
                AND c.organization_id = $1
                AND (c.last_activity_at, c.id) < ($9, $10)
            ORDER BY c.last_activity_at DESC, c.id DESC
        )
        UNION ALL
        (
            SELECT
                c.id,
                c.owner_id,
                c.title,
                c.title_is_given,
                c.privacy,
                c.organization_level,
                c.created_at,
                c.last_activity_at,
                c.version,
                c.forked_from
            FROM conversations AS c
            WHERE $8
                AND c.organization_id = $1
                AND c.privacy = 'private'
                AND c.owner_id <> $2
                AND (c.last_activity_at, c.id) < ($9, $10)
            ORDER BY c.last_activity_at DESC, c.id DESC
        )
    ) AS w
    ORDER BY w.last_activity_at DESC, w.id DESC
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
