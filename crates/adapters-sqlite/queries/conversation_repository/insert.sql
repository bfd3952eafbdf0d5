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
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11
-- Nothing of a deleted conversation comes back under its id.
WHERE NOT EXISTS (
    SELECT 1 FROM conversation_leftovers AS l WHERE l.organization_id = ?1 AND l.conversation_id = ?2
)
ON CONFLICT DO NOTHING
