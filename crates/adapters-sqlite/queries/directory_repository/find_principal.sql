-- What the access rules need to know of an active user.
SELECT
    (
        SELECT json_group_array(DISTINCT p.permission)
        FROM user_roles AS ur
        CROSS JOIN role_permissions AS p ON p.organization_id = ur.organization_id AND p.role_id = ur.role_id
        WHERE ur.organization_id = ?1 AND ur.user_id = ?2
    ) AS "permissions!: String",
    (
        SELECT json_group_array(hex(m.group_id))
        FROM group_members AS m
        WHERE m.organization_id = ?1 AND m.user_id = ?2
    ) AS "groups!: String"
FROM users AS u
WHERE u.organization_id = ?1 AND u.id = ?2 AND u.active = 1
