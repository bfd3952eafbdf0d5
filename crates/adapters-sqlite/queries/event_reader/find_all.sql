-- Some conversations, whether or not they are visible, with the facts that decide whether they are.
-- ?1 organization, ?2 user, ?3 its groups, ?4 whether it may see everything, ?5 whether grants count for it,
-- ?6 the conversations.
WITH my_groups (id) AS MATERIALIZED (
    SELECT unhex(value) FROM json_each(?3)
),
wanted (id) AS MATERIALIZED (
    SELECT unhex(value) FROM json_each(?6)
)
SELECT
    c.id,
    c.owner_id,
    u.name AS owner_name,
    c.title,
    c.title_is_given AS "title_is_given?: bool",
    c.privacy,
    c.organization_level,
    (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM conversation_group_grants AS g
        WHERE g.organization_id = ?1
            AND g.conversation_id = c.id
            AND g.group_id IN (SELECT my.id FROM my_groups AS my)
    ) AS "my_group_grants!: String",
    c.created_at,
    c.last_activity_at,
    c.version,
    -- What it is a copy of, while the principal can see that one.
    (
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
    ) AS "forked_from?: Uuid"
FROM wanted
CROSS JOIN conversations AS c ON c.organization_id = ?1 AND c.id = wanted.id
CROSS JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
