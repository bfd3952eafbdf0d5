-- An active user with its organization, roles and groups.
SELECT
    u.name,
    u.email,
    o.name AS organization_name,
    (
        SELECT json_group_array(r.name ORDER BY r.name)
        FROM user_roles AS ur
        JOIN roles AS r ON r.organization_id = ur.organization_id AND r.id = ur.role_id
        WHERE ur.organization_id = ?1 AND ur.user_id = ?2
    ) AS "role_names!: String",
    (
        SELECT json_group_array(DISTINCT p.permission)
        FROM user_roles AS ur
        CROSS JOIN role_permissions AS p ON p.organization_id = ur.organization_id AND p.role_id = ur.role_id
        WHERE ur.organization_id = ?1 AND ur.user_id = ?2
    ) AS "permissions!: String",
    (
        SELECT json_group_array(json_array(hex(g.id), g.name) ORDER BY g.name, g.id)
        FROM group_members AS m
        JOIN directory_groups AS g ON g.organization_id = m.organization_id AND g.id = m.group_id
        WHERE m.organization_id = ?1 AND m.user_id = ?2
    ) AS "groups!: String"
FROM users AS u
JOIN organizations AS o ON o.organization_id = u.organization_id
WHERE u.organization_id = ?1 AND u.id = ?2 AND u.active = 1
