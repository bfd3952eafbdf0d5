INSERT INTO group_members (organization_id, user_id, group_id)
VALUES (?1, ?2, ?3)
ON CONFLICT DO NOTHING
