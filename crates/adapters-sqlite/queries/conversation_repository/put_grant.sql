INSERT INTO conversation_group_grants (organization_id, conversation_id, group_id, level, last_activity_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (organization_id, conversation_id, group_id)
DO UPDATE SET level = excluded.level, last_activity_at = excluded.last_activity_at
