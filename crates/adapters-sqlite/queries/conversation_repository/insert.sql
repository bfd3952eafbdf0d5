INSERT INTO conversations (
    organization_id, id, owner_id, title, privacy, organization_level, created_at, last_activity_at, version, forked_from
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT DO NOTHING
