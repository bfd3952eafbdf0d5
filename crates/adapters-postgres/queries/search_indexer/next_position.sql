-- From where on a conversation is to be indexed.
SELECT u.next_position
FROM search_unindexed AS u
WHERE u.organization_id = $1 AND u.conversation_id = $2
