-- Notes every audience of the conversations that are there. The program writes their terms in the background.
INSERT INTO search_audience_pending (organization_id, conversation_id, audience_id)
SELECT a.organization_id, a.conversation_id, a.audience_id
FROM conversation_audiences AS a
WHERE true
ON CONFLICT DO NOTHING;
