-- A page of what is mine or shared with me: a merge of short scans, one for each way in. Each reads its index from the cursor on, in
-- the order of the list, and no further than the page needs; a way in that is switched off costs nothing.
-- $1 organization, $2 user, $3 its groups, $4 whether it may see everything, $5 whether grants count for it;
-- the ways in: $6 mine, and by a grant, the user's own ones among them ($7) or not;
-- ($8, $9) the cursor, $10 the length of a page.
WITH by_user (
    id,
    owner_id,
    title,
    title_is_given,
    privacy,
    organization_level,
    created_at,
    last_activity_at,
    version,
    forked_from
) AS MATERIALIZED (
    SELECT DISTINCT ON (w.last_activity_at, w.id) w.*
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
                AND (c.last_activity_at, c.id) < ($8, $9)
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
            WHERE c.organization_id = $1
                AND c.organization_level IS NOT NULL
                AND ($7 OR c.owner_id <> $2)
                AND (c.last_activity_at, c.id) < ($8, $9)
            ORDER BY c.last_activity_at DESC, c.id DESC
        )
    ) AS w
    ORDER BY w.last_activity_at DESC, w.id DESC
    LIMIT $10
),
-- What my groups' grants add. Where the others fill a page, nothing older than its end is looked at.
by_group (last_activity_at, id, grants) AS MATERIALIZED (
    SELECT n.last_activity_at, n.conversation_id, array_agg(n.level || ' ' || my.id)
    FROM unnest($3::uuid[]) AS my (id)
    CROSS JOIN LATERAL (
        SELECT g.last_activity_at, g.conversation_id, g.level
        FROM conversation_group_grants AS g
        WHERE g.organization_id = $1
            AND g.group_id = my.id
            AND ($7 OR g.owner_id <> $2)
            AND (g.last_activity_at, g.conversation_id) < ($8, $9)
            AND g.last_activity_at >= (
                SELECT CASE WHEN count(*) = $10 THEN min(w.last_activity_at) ELSE '-infinity' END
                FROM by_user AS w
            )
        ORDER BY g.last_activity_at DESC, g.conversation_id DESC
        LIMIT $10
    ) AS n
    GROUP BY n.last_activity_at, n.conversation_id
    ORDER BY n.last_activity_at DESC, n.conversation_id DESC
    LIMIT $10
),
page AS (
    SELECT w.*, NULL::text[] AS grants
    FROM by_user AS w
    WHERE w.id NOT IN (SELECT g.id FROM by_group AS g)
    UNION ALL
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
        c.forked_from,
        g.grants
    FROM by_group AS g
    JOIN conversations AS c ON c.organization_id = $1 AND c.id = g.id
    ORDER BY last_activity_at DESC, id DESC
    LIMIT $10
)
SELECT
    c.id AS "id!",
    c.owner_id AS "owner_id!",
    u.name AS "owner_name!",
    c.title AS "title!",
    c.title_is_given AS "title_is_given?",
    c.privacy AS "privacy!",
    c.organization_level AS "organization_level?",
    -- All of my groups' grants for a page are among those that were read for it.
    c.grants AS "my_group_grants?",
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
