DELETE FROM conversations
WHERE organization_id = {organization}
    AND owner_id IN (SELECT u.id FROM users AS u WHERE u.organization_id = {organization} AND u.name IN ({writers}));

DELETE FROM audit_entries
WHERE organization_id = {organization}
    AND actor_id IN (SELECT u.id FROM users AS u WHERE u.organization_id = {organization} AND u.name IN ({writers}));
