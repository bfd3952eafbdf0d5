-- What the access rules need to know of an active user.
SELECT m.permissions, m.group_ids
FROM members AS m
WHERE m.organization_id = ?1 AND m.user_id = ?2
