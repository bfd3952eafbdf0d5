-- Whether every conversation is indexed.
SELECT (SELECT u.conversation_id FROM search_unindexed AS u LIMIT 1) IS NULL AS "is_complete!"
