-- The active user whose session it is, with its organization, roles and groups.
SELECT
    u.id AS "id!: Uuid",
    u.name,
    u.email,
    o.name AS organization_name,
    (
        SELECT json_group_array(r.name ORDER BY r.name)
        FROM user_roles AS ur
        JOIN roles AS r ON r.organization_id = ur.organization_id AND r.id = ur.role_id
        WHERE ur.organization_id = ?1 AND ur.user_id = u.id
    ) AS "role_names!: String",
    (
        SELECT json_group_array(DISTINCT p.permission)
        FROM user_roles AS ur
        CROSS JOIN role_permissions AS p ON p.organization_id = ur.organization_id AND p.role_id = ur.role_id
        WHERE ur.organization_id = ?1 AND ur.user_id = u.id
    ) AS "permissions!: String",
    (
        SELECT json_group_array(json_array(hex(g.id), g.name) ORDER BY g.name, g.id)
        FROM group_members AS m
        JOIN directory_groups AS g ON g.organization_id = m.organization_id AND g.id = m.group_id
        WHERE m.organization_id = ?1 AND m.user_id = u.id
    ) AS "groups!: String"
FROM sessions AS s
CROSS JOIN users AS u ON u.organization_id = s.organization_id AND u.id = s.user_id AND u.active = 1
JOIN organizations AS o ON o.organization_id = s.organization_id
WHERE s.organization_id = ?1 AND s.secret_digest = ?2 AND s.expires_at > ?3
