-- A page of a search: what the words are found in, as far as the principal can see it. The words decide what it costs.
-- ?1 to ?13 as in list.sql; ?14 the words, in the language of the index.
WITH my_groups (id) AS MATERIALIZED (
    SELECT unhex(value) FROM json_each(?3)
),
found (id) AS MATERIALIZED (
    SELECT DISTINCT d.conversation_id
    FROM search_words AS w
    CROSS JOIN search_documents AS d ON d.document_id = w.rowid
    WHERE w.search_words MATCH ?14 AND d.organization_id = ?1
),
page (last_activity_at, id) AS MATERIALIZED (
    SELECT c.last_activity_at, c.id
    FROM found
    CROSS JOIN conversations AS c
    WHERE c.organization_id = ?1
        AND c.id = found.id
        AND (
            (?6 AND c.owner_id = ?2)
            OR (
                ?7
                AND (?8 OR c.owner_id <> ?2)
                AND (
                    c.organization_level IS NOT NULL
                    OR EXISTS (
                        SELECT 1
                        FROM conversation_group_grants AS g
                        WHERE g.organization_id = ?1
                            AND g.conversation_id = c.id
                            AND g.group_id IN (SELECT my.id FROM my_groups AS my)
                    )
                )
            )
            OR ?9
            OR (?10 AND c.privacy = 'private' AND c.owner_id <> ?2)
        )
        AND (c.last_activity_at, c.id) < (?11, ?12)
    ORDER BY c.last_activity_at DESC, c.id DESC
    LIMIT ?13
)
SELECT
    c.id,
    c.owner_id,
    u.name AS owner_name,
    c.title,
    c.privacy,
    c.organization_level,
    CASE WHEN c.privacy = 'shared' THEN (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM conversation_group_grants AS g
        WHERE g.organization_id = ?1
            AND g.conversation_id = c.id
            AND g.group_id IN (SELECT my.id FROM my_groups AS my)
    ) END AS "my_group_levels?: String",
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
