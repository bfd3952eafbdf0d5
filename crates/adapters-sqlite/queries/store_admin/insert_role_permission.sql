INSERT INTO role_permissions (organization_id, role_id, permission)
VALUES (?1, ?2, ?3)
ON CONFLICT DO NOTHING
