INSERT INTO user_roles (organization_id, user_id, role_id)
VALUES (?1, ?2, ?3)
ON CONFLICT DO NOTHING
