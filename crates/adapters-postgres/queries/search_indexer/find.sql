-- Some conversations, in all organizations, that are not indexed.
SELECT u.organization_id, u.conversation_id
FROM search_unindexed AS u
LIMIT $1
