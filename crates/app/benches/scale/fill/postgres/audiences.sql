-- The audiences: the owners, the organization and the groups.
SELECT c.owner_id AS id FROM conversations AS c WHERE c.organization_id = {organization}
UNION
SELECT g.group_id FROM conversation_group_grants AS g WHERE g.organization_id = {organization}
UNION
SELECT {organization} AS id
ORDER BY id;
