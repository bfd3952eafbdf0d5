-- Writes the terms by which an audience finds its conversations: of a user, of the organization, or of a group.
INSERT INTO search_audience_terms (organization_id, audience_id, term, conversation_id)
SELECT {organization}, {audience}, s.term, s.conversation_id
FROM (
    SELECT c.id
    FROM conversations AS c
    WHERE c.organization_id = {organization} AND c.owner_id = {audience}
    UNION ALL
    SELECT c.id
    FROM conversations AS c
    WHERE {audience} = {organization} AND c.organization_id = {organization} AND c.organization_level IS NOT NULL
    UNION ALL
    SELECT g.conversation_id
    FROM conversation_group_grants AS g
    WHERE g.organization_id = {organization} AND g.group_id = {audience}
) AS seen
CROSS JOIN LATERAL (
    SELECT s.term, s.conversation_id
    FROM search_terms AS s
    WHERE s.organization_id = {organization} AND s.conversation_id = seen.id
    OFFSET 0
) AS s
ORDER BY s.term, s.conversation_id;
