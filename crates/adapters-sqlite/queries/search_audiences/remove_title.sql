-- Takes the terms that only the title has from everybody who may find the conversation by them.
DELETE FROM search_audience_terms
WHERE organization_id = ?1
    AND audience_id IN (
        SELECT a.audience_id
        FROM conversation_audiences AS a
        WHERE a.organization_id = ?1 AND a.conversation_id = ?2
        UNION
        SELECT p.audience_id
        FROM search_audience_pending AS p
        WHERE p.organization_id = ?1 AND p.conversation_id = ?2
    )
    AND term IN (
        SELECT s.term
        FROM search_terms AS s
        WHERE s.organization_id = ?1 AND s.conversation_id = ?2 AND s.position IS NULL
    )
    AND conversation_id = ?2
