-- Some deleted conversations, in all organizations, whose terms are not removed yet.
SELECT p.organization_id, p.conversation_id
FROM search_audience_pending AS p
WHERE p.audience_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
LIMIT $1
