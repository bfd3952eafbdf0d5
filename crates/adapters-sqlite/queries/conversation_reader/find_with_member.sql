-- An active user, as in directory/find_member.sql, and with it one conversation, as in find.sql, only while the user can see it: who
-- asks and what decides whether it sees the conversation, at one and the same moment.
-- ?1 organization, ?2 user, ?3 the conversation.
SELECT
    m.name,
    m.email,
    m.organization_name,
    m.role_names,
    m.permissions,
    m.group_ids,
    m.group_names,
    -- One database: what it answers is always the newest.
    0 AS "read_at!: i64",
    c.owner_id AS "owner_id?: Uuid",
    u.name AS "owner_name?",
    c.title AS "title?",
    c.title_is_given AS "title_is_given?: bool",
    c.privacy AS "privacy?",
    c.organization_level AS "organization_level?",
    CASE WHEN c.privacy = 'shared' THEN (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM conversation_group_grants AS g
        WHERE g.organization_id = ?1
            AND g.conversation_id = ?3
            -- As text in the JSON of ids, which is not taken apart for it.
            AND instr(m.group_ids, hex(g.group_id)) > 0
    ) END AS "my_group_grants?: String",
    c.created_at AS "created_at?",
    c.last_activity_at AS "last_activity_at?",
    c.version AS "version?",
    -- What it is a copy of, while the user can see that one.
    CASE WHEN c.forked_from IS NOT NULL THEN (
        SELECT origin.id
        FROM conversations AS origin
        WHERE origin.organization_id = ?1
            AND origin.id = c.forked_from
            AND (
                EXISTS (
                    SELECT 1
                    FROM json_each(m.permissions) AS held
                    WHERE held.value IN ('view_private_responses', 'manage_responses')
                )
                OR origin.owner_id = ?2
                OR (
                    EXISTS (SELECT 1 FROM json_each(m.permissions) AS held WHERE held.value = 'run_ai')
                    AND (
                        origin.organization_level IS NOT NULL
                        OR EXISTS (
                            SELECT 1
                            FROM conversation_group_grants AS g
                            WHERE g.organization_id = ?1
                                AND g.conversation_id = origin.id
                                AND instr(m.group_ids, hex(g.group_id)) > 0
                        )
                    )
                )
            )
    ) END AS "forked_from?: Uuid"
FROM members AS m
LEFT JOIN conversations AS c
    ON c.organization_id = m.organization_id
    AND c.id = ?3
    AND (
        EXISTS (
            SELECT 1
            FROM json_each(m.permissions) AS held
            WHERE held.value IN ('view_private_responses', 'manage_responses')
        )
        OR c.owner_id = ?2
        OR (
            EXISTS (SELECT 1 FROM json_each(m.permissions) AS held WHERE held.value = 'run_ai')
            AND (
                c.organization_level IS NOT NULL
                OR EXISTS (
                    SELECT 1
                    FROM conversation_group_grants AS g
                    WHERE g.organization_id = ?1
                        AND g.conversation_id = ?3
                        AND instr(m.group_ids, hex(g.group_id)) > 0
                )
            )
        )
    )
LEFT JOIN users AS u ON u.organization_id = c.organization_id AND u.id = c.owner_id
WHERE m.organization_id = ?1 AND m.user_id = ?2
