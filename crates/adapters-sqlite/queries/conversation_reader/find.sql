-- One conversation, only while it is visible, with the facts that decide whether it is.
-- ?1 organization, ?2 user, ?3 its groups, ?4 whether it may see everything, ?5 whether grants count for it,
-- ?6 the conversation.
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
            -- As text in the JSON of ids, which is not taken apart for it.
            AND instr(?3, lower(hex(g.group_id))) > 0
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
                                AND instr(?3, lower(hex(g.group_id))) > 0
                        )
                    )
                )
            )
    ) END AS "forked_from?: Uuid"
FROM conversations AS c
JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
WHERE c.organization_id = ?1
    AND c.id = ?6
    AND (
        ?4
        OR c.owner_id = ?2
        OR (
            ?5
            AND (
                c.organization_level IS NOT NULL
                OR EXISTS (
                    SELECT 1
                    FROM conversation_group_grants AS g
                    WHERE g.organization_id = ?1
                        AND g.conversation_id = c.id
                        AND instr(?3, lower(hex(g.group_id))) > 0
                )
            )
        )
    )
