UPDATE organizations
SET private_conversations = $2
WHERE organization_id = $1
