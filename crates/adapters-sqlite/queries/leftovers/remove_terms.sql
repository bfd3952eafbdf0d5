-- Removes ?3 of the terms.
DELETE FROM search_terms
WHERE organization_id = ?1
    AND conversation_id = ?2
    AND term IN (
        SELECT s.term
        FROM search_terms AS s
        WHERE s.organization_id = ?1 AND s.conversation_id = ?2
        ORDER BY s.term
        LIMIT ?3
    )
