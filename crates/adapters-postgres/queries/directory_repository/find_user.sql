SELECT name
FROM users
WHERE organization_id = $1 AND id = $2 AND active
