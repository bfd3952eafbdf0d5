-- The active user whose session it is, with its organization, roles and groups (an id and a name, with a space between them), and
-- where the store is: everything that was answered before is before that.
SELECT
    u.id,
    u.name,
    u.email,
    o.name AS organization_name,
    ARRAY(
        SELECT r.name
        FROM user_roles AS ur
        JOIN roles AS r ON r.organization_id = $1 AND r.id = ur.role_id
        WHERE ur.organization_id = $1 AND ur.user_id = u.id
    ) AS "role_names!",
    ARRAY(
        SELECT p.permission
        FROM user_roles AS ur
        JOIN role_permissions AS p ON p.organization_id = $1 AND p.role_id = ur.role_id
        WHERE ur.organization_id = $1 AND ur.user_id = u.id
    ) AS "permissions!",
    ARRAY(
        SELECT g.id || ' ' || g.name
        FROM group_members AS m
        JOIN directory_groups AS g ON g.organization_id = $1 AND g.id = m.group_id
        WHERE m.organization_id = $1 AND m.user_id = u.id
    ) AS "groups!",
    (pg_current_wal_flush_lsn() - '0/0')::bigint AS "read_at!"
FROM sessions AS s
JOIN users AS u ON u.organization_id = $1 AND u.id = s.user_id AND u.active
JOIN organizations AS o ON o.organization_id = $1
WHERE s.organization_id = $1 AND s.secret_digest = $2 AND s.expires_at > $3
