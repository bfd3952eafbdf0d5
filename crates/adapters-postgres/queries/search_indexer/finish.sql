-- Notes that a conversation is indexed.
DELETE FROM search_unindexed
WHERE organization_id = $1 AND conversation_id = $2
