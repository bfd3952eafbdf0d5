-- Removes ?3 of what the index of earlier versions has.
DELETE FROM search_documents
WHERE document_id IN (
    SELECT d.document_id
    FROM search_documents AS d
    WHERE d.organization_id = ?1 AND d.conversation_id = ?2
    LIMIT ?3
)
