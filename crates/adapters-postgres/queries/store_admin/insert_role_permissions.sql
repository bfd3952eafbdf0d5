INSERT INTO role_permissions (organization_id, role_id, permission)
SELECT $1, p.role_id, p.permission
FROM unnest($2::uuid[], $3::text[]) AS p (role_id, permission)
ON CONFLICT DO NOTHING
