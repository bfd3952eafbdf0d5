-- A deleted conversation is not indexed any more.
DELETE FROM search_unindexed
WHERE organization_id = ?1 AND conversation_id = ?2
