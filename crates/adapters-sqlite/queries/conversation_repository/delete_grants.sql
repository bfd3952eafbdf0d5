-- The grants of a deleted conversation.
DELETE FROM conversation_group_grants
WHERE organization_id = ?1 AND conversation_id = ?2
