SELECT private_conversations
FROM organizations
WHERE organization_id = $1
