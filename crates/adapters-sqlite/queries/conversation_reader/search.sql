-- A slice of a search: the next visible conversations, by the same merge as in list.sql, and which of them have all terms.
-- Everything else of the organization is as if it were not there.
-- ?1 organization, ?2 user, ?3 its groups, ?4 whether it may see everything, ?5 whether grants count for it;
-- the ways in: ?6 mine, ?7 by a grant (?8 mine too), ?9 everything, ?10 others' private ones;
-- (?11, ?12) the cursor, ?13 how many conversations to look at;
-- ?14 the terms, each as a range from its beginning up to what comes after every term that begins so; ?15 how many hits are enough.
WITH my_groups (id) AS MATERIALIZED (
    SELECT unhex(value) FROM json_each(?3)
),
by_user (last_activity_at, id) AS MATERIALIZED (
    SELECT * FROM (
        SELECT c.last_activity_at, c.id
        FROM conversations AS c INDEXED BY conversations_of_owner
        WHERE ?6
            AND c.organization_id = ?1
            AND c.owner_id = ?2
            AND (c.last_activity_at, c.id) < (?11, ?12)
        ORDER BY c.last_activity_at DESC, c.id DESC
        LIMIT ?13
    )
    UNION
    SELECT * FROM (
        SELECT c.last_activity_at, c.id
        FROM conversations AS c INDEXED BY conversations_shared_with_organization
        WHERE ?7
            AND c.organization_id = ?1
            AND c.organization_level IS NOT NULL
            AND (?8 OR c.owner_id <> ?2)
            AND (c.last_activity_at, c.id) < (?11, ?12)
        ORDER BY c.last_activity_at DESC, c.id DESC
        LIMIT ?13
    )
    UNION
    SELECT * FROM (
        SELECT c.last_activity_at, c.id
        FROM conversations AS c INDEXED BY conversations_of_all
        WHERE ?9
            AND c.organization_id = ?1
            AND (c.last_activity_at, c.id) < (?11, ?12)
        ORDER BY c.last_activity_at DESC, c.id DESC
        LIMIT ?13
    )
    UNION
    SELECT * FROM (
        SELECT c.last_activity_at, c.id
        FROM conversations AS c INDEXED BY conversations_private
        WHERE ?10
            AND c.organization_id = ?1
            AND c.privacy = 'private'
            AND c.owner_id <> ?2
            AND (c.last_activity_at, c.id) < (?11, ?12)
        ORDER BY c.last_activity_at DESC, c.id DESC
        LIMIT ?13
    )
    ORDER BY 1 DESC, 2 DESC
    LIMIT ?13
),
-- Where the others fill a page, nothing older than its end is looked at.
end_of_page (last_activity_at) AS MATERIALIZED (
    SELECT CASE WHEN count(*) = ?13 THEN min(w.last_activity_at) ELSE -9223372036854775808 END
    FROM by_user AS w
),
page (last_activity_at, id) AS MATERIALIZED (
    SELECT w.last_activity_at, w.id
    FROM by_user AS w
    UNION
    -- At most one page for each of my groups.
    SELECT g.last_activity_at, g.conversation_id
    FROM my_groups AS my
    CROSS JOIN conversation_group_grants AS g
    WHERE ?7
        AND g.organization_id = ?1
        AND g.group_id = my.id
        AND g.conversation_id IN (
            SELECT n.conversation_id
            FROM conversation_group_grants AS n INDEXED BY conversation_group_grants_of_group
            WHERE n.organization_id = ?1
                AND n.group_id = my.id
                AND (
                    ?8
                    OR EXISTS (
                        SELECT 1
                        FROM conversations AS c
                        WHERE c.organization_id = ?1 AND c.id = n.conversation_id AND c.owner_id <> ?2
                    )
                )
                AND (n.last_activity_at, n.conversation_id) < (?11, ?12)
                AND n.last_activity_at >= (SELECT end_of_page.last_activity_at FROM end_of_page)
            ORDER BY n.last_activity_at DESC, n.conversation_id DESC
            LIMIT ?13
        )
    ORDER BY 1 DESC, 2 DESC
    LIMIT ?13
),
terms (first, beyond) AS MATERIALIZED (
    SELECT t.value ->> 0, t.value ->> 1 FROM json_each(?14) AS t
),
hits (last_activity_at, id) AS MATERIALIZED (
    SELECT v.last_activity_at, v.id
    FROM page AS v
    WHERE NOT EXISTS (
        SELECT 1
        FROM terms AS t
        WHERE NOT EXISTS (
            SELECT 1
            FROM search_terms AS s
            WHERE s.organization_id = ?1 AND s.conversation_id = v.id AND s.term >= t.first AND s.term < t.beyond
        )
    )
    ORDER BY v.last_activity_at DESC, v.id DESC
    LIMIT ?15
),
-- The hits, and where the slice ends.
told (last_activity_at, id, is_hit) AS MATERIALIZED (
    SELECT h.last_activity_at, h.id, 1 FROM hits AS h
    UNION ALL
    SELECT e.last_activity_at, e.id, 0
    FROM (SELECT v.last_activity_at, v.id FROM page AS v ORDER BY v.last_activity_at, v.id LIMIT 1) AS e
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
            AND g.group_id IN (SELECT my.id FROM my_groups AS my)
    ) END AS "my_group_grants?: String",
    c.created_at,
    c.last_activity_at,
    c.version,
    -- What it is a copy of, while the principal can see that one.
    CASE WHEN c.forked_from IS NOT NULL THEN (
        SELECT origin.id
        FROM conversations AS origin
        WHERE origin.organization_id = ?1
            AND origin.id = c.forked_from
            AND (
                ?4
                OR origin.owner_id = ?2
                OR (
                    ?5
                    AND (
                        origin.organization_level IS NOT NULL
                        OR EXISTS (
                            SELECT 1
                            FROM conversation_group_grants AS g
                            WHERE g.organization_id = ?1
                                AND g.conversation_id = origin.id
                                AND g.group_id IN (SELECT my.id FROM my_groups AS my)
                        )
                    )
                )
            )
    ) END AS "forked_from?: Uuid",
    told.is_hit AS "is_hit!: bool",
    -- A message that has the first term.
    CASE WHEN told.is_hit THEN (
        SELECT s.position
        FROM search_terms AS s
        WHERE s.organization_id = ?1
            AND s.conversation_id = c.id
            AND s.term >= ?14 ->> '$[0][0]'
            AND s.term < ?14 ->> '$[0][1]'
        ORDER BY s.term
        LIMIT 1
    ) END AS "position?: i64",
    (SELECT count(*) FROM page AS w) AS "conversations!: i64"
FROM told
CROSS JOIN conversations AS c ON c.organization_id = ?1 AND c.id = told.id
CROSS JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
ORDER BY told.last_activity_at DESC, told.id DESC
