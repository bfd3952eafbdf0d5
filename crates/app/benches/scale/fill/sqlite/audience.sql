-- Writes the terms by which an audience finds its conversations: of a user, of the organization, or of a group.
INSERT INTO search_audience_terms (organization_id, audience_id, term, conversation_id)
SELECT {organization}, {audience}, s.term, s.conversation_id
FROM (
    SELECT c.id
    FROM conversations AS c
    WHERE c.organization_id = {organization} AND c.owner_id = {audience}
    UNION ALL
    SELECT c.id
    FROM conversations AS c INDEXED BY conversations_shared_with_organization
    WHERE {audience} = {organization} AND c.organization_id = {organization} AND c.organization_level IS NOT NULL
    UNION ALL
    SELECT g.conversation_id
    FROM conversation_group_grants AS g INDEXED BY conversation_group_grants_of_group
    WHERE g.organization_id = {organization} AND g.group_id = {audience}
) AS seen
CROSS JOIN search_terms AS s ON s.organization_id = {organization} AND s.conversation_id = seen.id
ORDER BY s.term, s.conversation_id;
