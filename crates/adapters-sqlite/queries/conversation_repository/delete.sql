-- Grants, messages and what a search could find of them go with it, where foreign keys are checked.
DELETE FROM conversations
WHERE organization_id = ?1 AND id = ?2
