-- Notes how far a conversation is indexed.
UPDATE search_unindexed
SET next_position = ?3
WHERE organization_id = ?1 AND conversation_id = ?2
