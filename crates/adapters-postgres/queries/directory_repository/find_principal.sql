-- What the access rules need to know of an active user, and the settings, which nearly everybody asks for next.
SELECT
    ARRAY(
        SELECT DISTINCT p.permission
        FROM user_roles AS ur
        JOIN role_permissions AS p ON p.organization_id = ur.organization_id AND p.role_id = ur.role_id
        WHERE ur.organization_id = $1 AND ur.user_id = $2
    ) AS "permissions!",
    ARRAY(
        SELECT m.group_id
        FROM group_members AS m
        WHERE m.organization_id = $1 AND m.user_id = $2
    ) AS "groups!",
    o.private_conversations
FROM users AS u
JOIN organizations AS o ON o.organization_id = u.organization_id
WHERE u.organization_id = $1 AND u.id = $2 AND u.active
