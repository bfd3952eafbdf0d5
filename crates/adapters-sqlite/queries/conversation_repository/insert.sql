INSERT INTO conversations (
    organization_id,
    id,
    owner_id,
    title,
    privacy,
    organization_level,
    created_at,
    last_activity_at,
    version,
    forked_from,
    title_is_given
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT DO NOTHING
