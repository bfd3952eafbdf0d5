-- An active user with its organization, roles and groups, and where the store is: everything that was answered before is before
-- that.
SELECT
    m.name,
    m.email,
    m.organization_name,
    m.role_names,
    m.permissions,
    m.group_ids,
    m.group_names,
    (pg_current_wal_flush_lsn() - '0/0')::bigint AS "read_at!"
FROM members AS m
WHERE m.organization_id = $1 AND m.user_id = $2
