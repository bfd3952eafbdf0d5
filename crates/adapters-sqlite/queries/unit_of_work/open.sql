-- What decides a change of a conversation: the rights of an active user, the settings, and the conversation with all its grants,
-- whether or not the user may see it; and the number of its last event. The transaction is the only writer from its beginning: nothing needs a lock.
-- ?1 organization, ?2 user, ?3 the conversation.
WITH held (permission) AS MATERIALIZED (
    SELECT DISTINCT p.permission
    FROM user_roles AS ur
    CROSS JOIN role_permissions AS p ON p.organization_id = ur.organization_id AND p.role_id = ur.role_id
    WHERE ur.organization_id = ?1 AND ur.user_id = ?2
),
my_groups (id) AS MATERIALIZED (
    SELECT m.group_id
    FROM group_members AS m
    WHERE m.organization_id = ?1 AND m.user_id = ?2
)
SELECT
    (SELECT json_group_array(held.permission) FROM held) AS "permissions!: String",
    (SELECT json_group_array(hex(my.id)) FROM my_groups AS my) AS "groups!: String",
    o.private_conversations,
    c.owner_id AS "owner_id?: Uuid",
    owner.name AS "owner_name?",
    c.title AS "title?",
    c.privacy AS "privacy?",
    c.organization_level AS "organization_level?",
    (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM conversation_group_grants AS g
        WHERE g.organization_id = ?1 AND g.conversation_id = ?3
    ) AS "group_levels!: String",
    c.created_at AS "created_at?",
    c.last_activity_at AS "last_activity_at?",
    c.version AS "version?",
    c.forked_from AS "forked_from?: Uuid",
    c.last_event AS "last_event?",
    -- What it is a copy of, while the user can see that one.
    (
        SELECT origin.id
        FROM conversations AS origin
        WHERE origin.organization_id = ?1
            AND origin.id = c.forked_from
            AND (
                EXISTS (
                    SELECT 1 FROM held WHERE held.permission IN ('view_private_responses', 'manage_responses')
                )
                OR origin.owner_id = ?2
                OR (
                    EXISTS (SELECT 1 FROM held WHERE held.permission = 'run_ai')
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
    ) AS "visible_origin?: Uuid"
FROM users AS u
CROSS JOIN organizations AS o ON o.organization_id = u.organization_id
LEFT JOIN conversations AS c ON c.organization_id = u.organization_id AND c.id = ?3
LEFT JOIN users AS owner ON owner.organization_id = c.organization_id AND owner.id = c.owner_id
WHERE u.organization_id = ?1 AND u.id = ?2 AND u.active = 1
