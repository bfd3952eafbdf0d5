-- Notes up to which term an audience's are right.
UPDATE search_audience_pending
SET done_up_to = ?4
WHERE organization_id = ?1 AND conversation_id = ?2 AND audience_id = ?3
