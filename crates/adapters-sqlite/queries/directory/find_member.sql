-- An active user with its organization, roles and groups.
SELECT m.name, m.email, m.organization_name, m.role_names, m.permissions, m.group_ids, m.group_names, 0 AS "read_at!: i64"
FROM members AS m
WHERE m.organization_id = ?1 AND m.user_id = ?2
