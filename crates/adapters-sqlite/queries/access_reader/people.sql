-- A page of the active people who can see a conversation, after (?3, ?4) in the order of names, at most ?5, each with its
-- permissions and with the levels of the grants to its groups. One row without a person for a conversation that nobody follows on
-- this page.
--
-- There are two ways in. What is shared with the organization is for everybody who may use the AI: those are read in the order of
-- names, and no further than the page needs. Whom everything else shows it to are few, and all of them are looked at.
WITH conversation AS MATERIALIZED (
    SELECT owner_id, organization_level
    FROM conversations
    WHERE organization_id = ?1 AND id = ?2
),
everybody AS MATERIALIZED (
    SELECT u.id, u.name
    FROM users AS u
    WHERE EXISTS (SELECT 1 FROM conversation WHERE organization_level IS NOT NULL)
        AND u.organization_id = ?1
        AND u.active = 1
        AND (u.name, u.id) > (?3, ?4)
        AND EXISTS (
            SELECT 1
            FROM user_roles AS ur
            CROSS JOIN role_permissions AS rp
            WHERE ur.organization_id = ?1
                AND ur.user_id = u.id
                AND rp.organization_id = ?1
                AND rp.role_id = ur.role_id
                AND rp.permission = 'run_ai'
        )
    ORDER BY u.name, u.id
    LIMIT ?5
),
few (user_id) AS MATERIALIZED (
    SELECT owner_id
    FROM conversation
    UNION
    SELECT ur.user_id
    FROM role_permissions AS rp
    CROSS JOIN user_roles AS ur
    WHERE rp.organization_id = ?1
        AND rp.permission IN ('manage_responses', 'view_private_responses')
        AND ur.organization_id = ?1
        AND ur.role_id = rp.role_id
    UNION
    SELECT m.user_id
    FROM conversation_group_grants AS g
    CROSS JOIN group_members AS m
    WHERE g.organization_id = ?1
        AND g.conversation_id = ?2
        AND m.organization_id = ?1
        AND m.group_id = g.group_id
        AND EXISTS (
            SELECT 1
            FROM user_roles AS ur
            CROSS JOIN role_permissions AS rp
            WHERE ur.organization_id = ?1
                AND ur.user_id = m.user_id
                AND rp.organization_id = ?1
                AND rp.role_id = ur.role_id
                AND rp.permission = 'run_ai'
        )
),
page (id, name) AS MATERIALIZED (
    SELECT id, name
    FROM (
        SELECT id, name
        FROM everybody
        UNION
        SELECT u.id, u.name
        FROM few
        CROSS JOIN users AS u
        WHERE u.organization_id = ?1 AND u.id = few.user_id AND u.active = 1 AND (u.name, u.id) > (?3, ?4)
    )
    ORDER BY name, id
    LIMIT ?5
)
SELECT
    conversation.owner_id AS "owner_id!: Uuid",
    conversation.organization_level AS "organization_level?: String",
    page.id AS "id?: Uuid",
    page.name AS "name?: String",
    (
        SELECT json_group_array(DISTINCT rp.permission)
        FROM user_roles AS ur
        CROSS JOIN role_permissions AS rp
        WHERE ur.organization_id = ?1
            AND ur.user_id = page.id
            AND rp.organization_id = ?1
            AND rp.role_id = ur.role_id
    ) AS "permissions!: String",
    (
        SELECT json_group_object(hex(g.group_id), g.level)
        FROM group_members AS m
        CROSS JOIN conversation_group_grants AS g
        WHERE m.organization_id = ?1
            AND m.user_id = page.id
            AND g.organization_id = ?1
            AND g.conversation_id = ?2
            AND g.group_id = m.group_id
    ) AS "grants!: String"
FROM conversation
LEFT JOIN page
ORDER BY page.name, page.id
