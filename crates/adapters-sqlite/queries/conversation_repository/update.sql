UPDATE conversations
SET
    owner_id = ?3,
    title = ?4,
    title_is_given = ?9,
    privacy = ?5,
    organization_level = ?6,
    last_activity_at = ?7,
    version = ?8
WHERE organization_id = ?1 AND id = ?2
