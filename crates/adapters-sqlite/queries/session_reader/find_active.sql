-- Which of these sessions, as digests in hexadecimal digits, have an active user.
SELECT s.secret_digest
FROM sessions AS s
CROSS JOIN members AS m ON m.organization_id = s.organization_id AND m.user_id = s.user_id
WHERE
    s.organization_id = ?1
    AND s.secret_digest IN (SELECT unhex(asked.value) FROM json_each(?2) AS asked)
    AND s.expires_at > ?3
