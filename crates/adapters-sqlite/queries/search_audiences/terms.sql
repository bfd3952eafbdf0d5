-- The next ?5 terms of a conversation after ?3: of its title, and of messages from position ?4 on.
SELECT s.term
FROM search_terms AS s
WHERE s.organization_id = ?1
    AND s.conversation_id = ?2
    AND s.term > ?3
    AND (s.in_title = 1 OR s.position >= ?4)
ORDER BY s.term
LIMIT ?5
