-- The visible conversations that have all terms, found by the rarest one: for a caller who sees every conversation, by the terms of
-- all (?9, in place of the visibility condition); for others, by those of their audiences.
-- ?1 organization, ?2 user, ?3 its groups, ?4 whether it may see everything, ?5 whether grants count for it;
-- the ways in: ?6 mine, ?7 by a grant (?8 mine too), ?9 everything; (?10, ?11) the cursor; ?12 the audiences;
-- (?13, ?14) the range of the rarest term; ?15 the terms, each as a range; ?16 how many hits are enough.
WITH my_groups (id) AS MATERIALIZED (
    SELECT unhex(value) FROM json_each(?3)
),
audiences (id) AS MATERIALIZED (
    SELECT unhex(value) FROM json_each(?12)
),
matching (id) AS MATERIALIZED (
    SELECT s.conversation_id
    FROM search_terms AS s INDEXED BY search_terms_by_term
    WHERE ?9 AND s.organization_id = ?1 AND s.term || '' >= ?13 AND s.term || '' < ?14
    UNION
    SELECT s.conversation_id
    FROM audiences AS my
    CROSS JOIN search_audience_terms AS s
    WHERE s.organization_id = ?1 AND s.audience_id = my.id AND s.term >= ?13 AND s.term < ?14
    UNION
    -- Those whose terms an audience may not have yet.
    SELECT p.conversation_id
    FROM audiences AS my
    CROSS JOIN search_audience_pending AS p INDEXED BY search_audience_pending_of_audience
    WHERE p.organization_id = ?1 AND p.audience_id = my.id
),
hits (last_activity_at, id) AS MATERIALIZED (
    SELECT c.last_activity_at, c.id
    FROM matching
    CROSS JOIN conversations AS c ON c.organization_id = ?1 AND c.id = matching.id
    WHERE (c.last_activity_at, c.id) < (?10, ?11)
        AND (
            ?9
            OR (?6 AND c.owner_id = ?2)
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
        )
        AND NOT EXISTS (
            SELECT 1
            FROM json_each(?15) AS t
            -- The index of all terms is always right: what it found has the rarest one.
            WHERE NOT (?9 AND t.value ->> 0 = ?13)
                AND NOT EXISTS (
                    SELECT 1
                    FROM search_terms AS s
                    WHERE s.organization_id = ?1
                        AND s.conversation_id = c.id
                        AND s.term >= t.value ->> 0
                        AND s.term < t.value ->> 1
                )
        )
    ORDER BY c.last_activity_at DESC, c.id DESC
    LIMIT ?16
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
    true AS "is_hit!: bool",
    -- A message that has the first term.
    (
        SELECT s.position
        FROM search_terms AS s
        WHERE s.organization_id = ?1
            AND s.conversation_id = c.id
            AND s.term >= ?15 ->> '$[0][0]'
            AND s.term < ?15 ->> '$[0][1]'
        ORDER BY s.term
        LIMIT 1
    ) AS "position?: i64",
    0 AS "conversations!: i64"
FROM hits AS h
CROSS JOIN conversations AS c ON c.organization_id = ?1 AND c.id = h.id
CROSS JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
ORDER BY h.last_activity_at DESC, h.id DESC
