INSERT INTO directory_groups (organization_id, id, name)
VALUES (?1, ?2, ?3)
