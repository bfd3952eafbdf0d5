-- The active user whose session it is, as in directory/find_member.sql.
SELECT
    m.user_id AS id,
    m.name,
    m.email,
    m.organization_name,
    m.role_names,
    m.permissions,
    m.group_ids,
    m.group_names,
    (pg_current_wal_flush_lsn() - '0/0')::bigint AS "read_at!"
FROM sessions AS s
JOIN members AS m ON m.organization_id = s.organization_id AND m.user_id = s.user_id
WHERE s.organization_id = $1 AND s.secret_digest = $2 AND s.expires_at > $3
