-- What decides whether somebody who follows a conversation may go on: an active user, and the conversation with all its grants and the
-- number of its last event, whether or not the user still sees it: who follows it did see it, and is told in what way that ended.
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
    o.private_conversations,
    c.owner_id AS "owner_id?: Uuid",
    owner.name AS "owner_name?",
    c.title AS "title?",
    c.title_is_given AS "title_is_given?: bool",
    c.privacy AS "privacy?",
    c.organization_level AS "organization_level?",
    (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM conversation_group_grants AS g
        WHERE g.organization_id = ?1 AND g.conversation_id = ?3
    ) AS "group_grants!: String",
    c.created_at AS "created_at?",
    c.last_activity_at AS "last_activity_at?",
    c.version AS "version?",
    c.forked_from AS "forked_from?: Uuid",
    c.last_event AS "last_event?",
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
    ) END AS "visible_origin?: Uuid"
FROM members AS m
CROSS JOIN organizations AS o ON o.organization_id = m.organization_id
LEFT JOIN conversations AS c ON c.organization_id = m.organization_id AND c.id = ?3
LEFT JOIN users AS owner ON owner.organization_id = c.organization_id AND owner.id = c.owner_id
WHERE m.organization_id = ?1 AND m.user_id = ?2
