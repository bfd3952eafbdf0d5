SELECT fingerprint, conversation_id, answer_id, created_at
FROM idempotency_keys
WHERE organization_id = ?1 AND user_id = ?2 AND idempotency_key = ?3 AND created_at >= ?4
