-- In the place of an older one. Nobody can have kept the same key meanwhile: there is one writer at a time.
INSERT INTO idempotency_keys (
    organization_id, user_id, idempotency_key, fingerprint, conversation_id, answer_id, created_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (organization_id, user_id, idempotency_key) DO UPDATE SET
    fingerprint = excluded.fingerprint,
    conversation_id = excluded.conversation_id,
    answer_id = excluded.answer_id,
    created_at = excluded.created_at
