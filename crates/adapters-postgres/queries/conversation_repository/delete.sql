-- Grants, messages and what a search could find of them go with it.
DELETE FROM conversations
WHERE organization_id = $1 AND id = $2
