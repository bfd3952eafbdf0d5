-- Forgets at most ?2 of the sessions that end at or before ?1.
DELETE FROM sessions
WHERE (organization_id, secret_digest) IN (
    SELECT s.organization_id, s.secret_digest
    FROM sessions AS s
    WHERE s.expires_at <= ?1
    LIMIT ?2
)
