-- Groups after ($2, $3) in the order of names, at most $4.
SELECT id, name
FROM directory_groups
WHERE organization_id = $1 AND (name, id) > ($2, $3)
ORDER BY name, id
LIMIT $4
