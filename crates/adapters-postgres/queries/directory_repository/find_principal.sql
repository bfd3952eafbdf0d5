-- What the access rules need to know of an active user, and the settings, which nearly everybody asks for next.
SELECT m.permissions, m.group_ids, o.private_conversations
FROM members AS m
JOIN organizations AS o ON o.organization_id = $1
WHERE m.organization_id = $1 AND m.user_id = $2
