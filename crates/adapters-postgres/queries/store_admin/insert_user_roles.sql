INSERT INTO user_roles (organization_id, user_id, role_id)
SELECT $1, r.user_id, r.role_id
FROM unnest($2::uuid[], $3::uuid[]) AS r (user_id, role_id)
ON CONFLICT DO NOTHING
