-- The next ?5 terms of a conversation after ?3, and whether they are of its title or of messages from position ?4 on. All are read,
-- so that the work does not depend on how many are.
SELECT s.term, (s.in_title = 1 OR s.position >= ?4) AS "is_new!: bool"
FROM search_terms AS s
WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.term > ?3
ORDER BY s.term
LIMIT ?5
