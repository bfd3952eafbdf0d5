-- Forgets at most ?2 of the idempotency keys older than ?1.
DELETE FROM idempotency_keys
WHERE (organization_id, user_id, idempotency_key) IN (
    SELECT k.organization_id, k.user_id, k.idempotency_key
    FROM idempotency_keys AS k
    WHERE k.created_at < ?1
    LIMIT ?2
)
