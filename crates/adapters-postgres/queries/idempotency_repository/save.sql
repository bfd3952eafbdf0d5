-- In the place of the one that this transaction has found ($8 and $9, NULL for none). One that somebody else kept meanwhile
-- stays, and no row is answered.
INSERT INTO idempotency_keys AS k (
    organization_id, user_id, idempotency_key, fingerprint, conversation_id, answer_id, created_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (organization_id, user_id, idempotency_key) DO UPDATE
SET fingerprint = excluded.fingerprint,
    conversation_id = excluded.conversation_id,
    answer_id = excluded.answer_id,
    created_at = excluded.created_at
WHERE (k.created_at, k.conversation_id) = ($8::timestamptz, $9::uuid)
RETURNING k.created_at, k.conversation_id
