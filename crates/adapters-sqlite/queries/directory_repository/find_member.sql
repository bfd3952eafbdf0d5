-- An active user, as in directory/find_member.sql, and the settings, which nearly everybody asks for next.
SELECT
    m.name,
    m.email,
    m.organization_name,
    m.role_names,
    m.permissions,
    m.group_ids,
    m.group_names,
    -- One database: what it answers is always the newest.
    0 AS "read_at!: i64",
    o.private_conversations
FROM members AS m
CROSS JOIN organizations AS o ON o.organization_id = m.organization_id
WHERE m.organization_id = ?1 AND m.user_id = ?2
