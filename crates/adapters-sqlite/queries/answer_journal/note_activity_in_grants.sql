UPDATE conversation_group_grants
SET last_activity_at = ?3
WHERE organization_id = ?1 AND conversation_id = ?2 AND last_activity_at < ?3
