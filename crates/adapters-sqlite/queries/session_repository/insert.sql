INSERT INTO sessions (organization_id, secret_digest, user_id, created_at, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO NOTHING
