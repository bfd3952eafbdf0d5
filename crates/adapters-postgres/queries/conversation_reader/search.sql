-- A slice of a search: the next visible conversations, by the same merge as in list.sql, and which of them have all terms.
-- Everything else of the organization is as if it were not there.
-- $1 to $5 as in list.sql; the ways in: $6 mine, $7 by a grant ($8 mine too), $9 everything, $10 others' private ones;
-- ($11, $12) the cursor, $13 how many conversations to look at;
-- $14 and $15 the terms, each as a range from its beginning up to what comes after every term that begins so;
-- $16 how many hits are enough.
WITH by_user (last_activity_at, id) AS MATERIALIZED (
    SELECT DISTINCT ON (w.last_activity_at, w.id) w.last_activity_at, w.id
    FROM (
        (
            SELECT c.last_activity_at, c.id
            FROM conversations AS c
            WHERE $6
                AND c.organization_id = $1
                AND c.owner_id = $2
                AND (c.last_activity_at, c.id) < ($11, $12)
            ORDER BY c.last_activity_at DESC, c.id DESC
        )
        UNION ALL
        (
            SELECT c.last_activity_at, c.id
            FROM conversations AS c
            WHERE $7
                AND c.organization_id = $1
                AND c.organization_level IS NOT NULL
                AND ($8 OR c.owner_id <> $2)
                AND (c.last_activity_at, c.id) < ($11, $12)
            ORDER BY c.last_activity_at DESC, c.id DESC
        )
        UNION ALL
        (
            SELECT c.last_activity_at, c.id
            FROM conversations AS c
            WHERE $9
                AND c.organization_id = $1
                AND (c.last_activity_at, c.id) < ($11, $12)
            ORDER BY c.last_activity_at DESC, c.id DESC
        )
        UNION ALL
        (
            SELECT c.last_activity_at, c.id
            FROM conversations AS c
            WHERE $10
                AND c.organization_id = $1
                AND c.privacy = 'private'
                AND c.owner_id <> $2
                AND (c.last_activity_at, c.id) < ($11, $12)
            ORDER BY c.last_activity_at DESC, c.id DESC
        )
    ) AS w
    ORDER BY w.last_activity_at DESC, w.id DESC
    LIMIT $13
),
-- What my groups' grants add. Where the others fill the slice, nothing older than its end is looked at.
by_group (last_activity_at, id) AS MATERIALIZED (
    SELECT n.last_activity_at, n.conversation_id
    FROM unnest($3::uuid[]) AS my (id)
    CROSS JOIN LATERAL (
        SELECT g.last_activity_at, g.conversation_id
        FROM conversation_group_grants AS g
        WHERE $7
            AND g.organization_id = $1
            AND g.group_id = my.id
            AND ($8 OR g.owner_id <> $2)
            AND (g.last_activity_at, g.conversation_id) < ($11, $12)
            AND g.last_activity_at >= (
                SELECT CASE WHEN count(*) = $13 THEN min(w.last_activity_at) ELSE '-infinity' END
                FROM by_user AS w
            )
        ORDER BY g.last_activity_at DESC, g.conversation_id DESC
        LIMIT $13
    ) AS n
),
visible (last_activity_at, id) AS MATERIALIZED (
    SELECT DISTINCT ON (w.last_activity_at, w.id) w.last_activity_at, w.id
    FROM (
        SELECT u.last_activity_at, u.id FROM by_user AS u
        UNION ALL
        SELECT g.last_activity_at, g.id FROM by_group AS g
    ) AS w
    ORDER BY w.last_activity_at DESC, w.id DESC
    LIMIT $13
),
-- In the order of the slice, which is that of the list.
hits (last_activity_at, id) AS MATERIALIZED (
    SELECT v.last_activity_at, v.id
    FROM visible AS v
    -- The first term that is missing; with a limit, so that PostgreSQL asks one conversation after the other.
    WHERE (
        SELECT t.first
        FROM unnest($14::text[], $15::text[]) AS t (first, beyond)
        WHERE (
            SELECT s.term
            FROM search_terms AS s
            WHERE s.organization_id = $1
                AND s.conversation_id = v.id
                AND s.term >= t.first
                AND s.term < t.beyond
            ORDER BY s.term
            LIMIT 1
        ) IS NULL
        LIMIT 1
    ) IS NULL
    LIMIT $16
),
-- The hits, and where the slice ends.
page AS (
    SELECT told.is_hit, c.*
    FROM (
        SELECT h.id, true AS is_hit FROM hits AS h
        UNION ALL
        SELECT e.id, false
        FROM (SELECT v.id FROM visible AS v ORDER BY v.last_activity_at, v.id LIMIT 1) AS e
    ) AS told
    -- OFFSET keeps it in this order: first what is told, then each conversation.
    CROSS JOIN LATERAL (
        SELECT c.* FROM conversations AS c WHERE c.organization_id = $1 AND c.id = told.id OFFSET 0
    ) AS c
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
    c.is_hit AS "is_hit!",
    -- A message that has the first term.
    CASE WHEN c.is_hit THEN (
        SELECT s.position
        FROM search_terms AS s
        WHERE s.organization_id = $1
            AND s.conversation_id = c.id
            AND s.term >= ($14::text[])[1]
            AND s.term < ($15::text[])[1]
        ORDER BY s.term
        LIMIT 1
    ) END AS "position?",
    (SELECT count(*) FROM visible AS v) AS "conversations!"
FROM page AS c
JOIN users AS u ON u.organization_id = $1 AND u.id = c.owner_id
ORDER BY c.last_activity_at DESC, c.id DESC
