-- Notes every audience of the conversations that are there. The program writes their terms in the background. A step of its own,
-- so that nobody waits for the locks of the one before meanwhile.
INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
SELECT c.organization_id, c.id, c.owner_id FROM conversations AS c
UNION ALL
SELECT c.organization_id, c.id, c.organization_id FROM conversations AS c WHERE c.organization_level IS NOT NULL
UNION ALL
SELECT g.organization_id, g.conversation_id, g.group_id FROM conversation_group_grants AS g
ON CONFLICT DO NOTHING;
