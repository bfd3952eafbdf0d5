-- Notes that an audience's terms are right.
DELETE FROM search_audience_pending
WHERE organization_id = ?1 AND conversation_id = ?2 AND audience_id = ?3
