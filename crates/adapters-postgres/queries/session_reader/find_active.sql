-- Which of these sessions have an active user.
SELECT s.secret_digest
FROM sessions AS s
JOIN members AS m ON m.organization_id = s.organization_id AND m.user_id = s.user_id
WHERE s.organization_id = $1 AND s.secret_digest = ANY ($2) AND s.expires_at > $3
