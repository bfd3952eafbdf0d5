-- Notes that nothing is left.
DELETE FROM conversation_leftovers
WHERE organization_id = ?1 AND conversation_id = ?2
