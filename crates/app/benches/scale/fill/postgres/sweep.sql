DELETE FROM conversations WHERE organization_id = {organization} AND owner_id = {writer};
DELETE FROM audit_entries WHERE organization_id = {organization} AND actor_id = {writer};
