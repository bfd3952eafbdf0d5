-- What the key was used for, and whether that was at or after $4.
SELECT fingerprint, conversation_id, answer_id, created_at, created_at >= $4 AS "is_valid!"
FROM idempotency_keys
WHERE organization_id = $1 AND user_id = $2 AND idempotency_key = $3
