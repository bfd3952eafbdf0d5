-- A page of the active people who can see a conversation, after ($3, $4) in the order of names, at most $5, each with its
-- permissions and with the grants that concern its groups (a level and an id, with a space between them). One row without a person
-- for a conversation that nobody follows on this page.
--
-- There are two ways in. What is shared with the organization is for everybody who may use the AI: those are read in the order of
-- names, and no further than the page needs. Whom everything else shows it to are few, and all of them are looked at. OFFSET keeps
-- it so: from one to the other, never through all of a table.
SELECT
    c.owner_id,
    c.organization_level,
    p.id AS "id?",
    p.name AS "name?",
    ARRAY(
        SELECT rp.permission
        FROM user_roles AS ur
        JOIN role_permissions AS rp ON rp.organization_id = $1 AND rp.role_id = ur.role_id
        WHERE ur.organization_id = $1 AND ur.user_id = p.id
    ) AS "permissions!",
    ARRAY(
        SELECT g.level || ' ' || g.group_id
        FROM conversation_group_grants AS g
        CROSS JOIN LATERAL (
            SELECT m.group_id
            FROM group_members AS m
            WHERE m.organization_id = $1 AND m.user_id = p.id AND m.group_id = g.group_id
            OFFSET 0
        ) AS m
        WHERE g.organization_id = $1 AND g.conversation_id = $2
    ) AS "grants!"
FROM conversations AS c
LEFT JOIN LATERAL (
    SELECT way.id, way.name
    FROM (
        (
            SELECT u.id, u.name
            FROM users AS u
            WHERE c.organization_level IS NOT NULL
                AND u.organization_id = $1
                AND (u.name COLLATE "C", u.id) > ($3::text COLLATE "C", $4::uuid)
                AND u.active
                AND EXISTS (
                    SELECT 1
                    FROM user_roles AS ur
                    JOIN role_permissions AS rp ON rp.organization_id = $1 AND rp.role_id = ur.role_id
                    WHERE ur.organization_id = $1 AND ur.user_id = u.id AND rp.permission = 'run_ai'
                    OFFSET 0
                )
            ORDER BY u.name COLLATE "C", u.id
            LIMIT $5
        )
        UNION
        SELECT u.id, u.name
        FROM (
            SELECT c.owner_id AS user_id
            UNION ALL
            SELECT ur.user_id
            FROM role_permissions AS rp
            CROSS JOIN LATERAL (
                SELECT ur.user_id
                FROM user_roles AS ur
                WHERE ur.organization_id = $1 AND ur.role_id = rp.role_id
                OFFSET 0
            ) AS ur
            WHERE rp.organization_id = $1 AND rp.permission IN ('manage_responses', 'view_private_responses')
            UNION ALL
            SELECT m.user_id
            FROM conversation_group_grants AS g
            CROSS JOIN LATERAL (
                SELECT m.user_id
                FROM group_members AS m
                WHERE m.organization_id = $1 AND m.group_id = g.group_id
                OFFSET 0
            ) AS m
            WHERE g.organization_id = $1
                AND g.conversation_id = $2
                AND EXISTS (
                    SELECT 1
                    FROM user_roles AS ur
                    JOIN role_permissions AS rp ON rp.organization_id = $1 AND rp.role_id = ur.role_id
                    WHERE ur.organization_id = $1 AND ur.user_id = m.user_id AND rp.permission = 'run_ai'
                    OFFSET 0
                )
        ) AS few
        CROSS JOIN LATERAL (
            SELECT u.id, u.name, u.active
            FROM users AS u
            WHERE u.organization_id = $1 AND u.id = few.user_id
            OFFSET 0
        ) AS u
        WHERE u.active AND (u.name COLLATE "C", u.id) > ($3::text COLLATE "C", $4::uuid)
    ) AS way
    ORDER BY way.name COLLATE "C", way.id
    LIMIT $5
) AS p ON true
WHERE c.organization_id = $1 AND c.id = $2
ORDER BY p.name COLLATE "C", p.id
