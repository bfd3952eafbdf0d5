-- Takes away every grant but those to the groups of the list.
DELETE FROM conversation_group_grants
WHERE organization_id = ?1
    AND conversation_id = ?2
    AND group_id NOT IN (SELECT unhex(value) FROM json_each(?3))
