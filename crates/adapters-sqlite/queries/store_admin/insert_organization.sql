INSERT INTO organizations (organization_id, name, private_conversations)
VALUES (?1, ?2, ?3)
