-- A page of the list: a merge of short scans, one for each way in. Each reads its index from the cursor on, in the order of
-- the list, and no further than one page; a way in that is switched off costs nothing.
-- ?1 organization, ?2 user, ?3 its groups, ?4 whether it may see everything, ?5 whether grants count for it;
-- the ways in: ?6 mine, ?7 by a grant (?8 mine too), ?9 everything, ?10 others' private ones;
-- (?11, ?12) the cursor, ?13 the length of a page.
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
    ) END AS "forked_from?: Uuid"
FROM page
CROSS JOIN conversations AS c ON c.organization_id = ?1 AND c.id = page.id
CROSS JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
ORDER BY page.last_activity_at DESC, page.id DESC
