-- The active user whose session it is, as in directory/find_member.sql.
SELECT
    m.user_id AS "id!: Uuid",
    m.name,
    m.email,
    m.organization_name,
    m.role_names,
    m.permissions,
    m.group_ids,
    m.group_names,
    -- One database: what it answers is always the newest.
    0 AS "read_at!: i64"
FROM sessions AS s
CROSS JOIN members AS m ON m.organization_id = s.organization_id AND m.user_id = s.user_id
WHERE s.organization_id = ?1 AND s.secret_digest = ?2 AND s.expires_at > ?3
