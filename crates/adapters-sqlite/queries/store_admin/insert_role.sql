-- A role of a name that is there already stays as it is.
INSERT INTO roles (organization_id, id, name)
VALUES (?1, ?2, ?3)
ON CONFLICT DO NOTHING
