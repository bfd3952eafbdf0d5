-- Some conversations, in all organizations, whose terms an audience does not have, or has although it is none any more.
SELECT DISTINCT p.organization_id, p.conversation_id
FROM (SELECT p.organization_id, p.conversation_id FROM search_audience_pending AS p LIMIT $1) AS p
