INSERT INTO users (organization_id, id, name, email, active)
VALUES (?1, ?2, ?3, ?4, ?5)
