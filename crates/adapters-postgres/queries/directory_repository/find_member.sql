-- An active user, as in directory/find_member.sql, and the settings, which nearly everybody asks for next.
SELECT
    m.name,
    m.email,
    m.organization_name,
    m.role_names,
    m.permissions,
    m.group_ids,
    m.group_names,
    (pg_current_wal_flush_lsn() - '0/0')::bigint AS "read_at!",
    o.private_conversations
FROM members AS m
JOIN organizations AS o ON o.organization_id = $1
WHERE m.organization_id = $1 AND m.user_id = $2
