-- Activity never goes back.
UPDATE conversations
SET last_activity_at = ?3
WHERE organization_id = ?1 AND id = ?2 AND last_activity_at < ?3
