-- How often the directories of some organizations were changed.
SELECT o.organization_id, o.directory_version
FROM unnest($1::uuid[]) AS wanted (id)
JOIN organizations AS o ON o.organization_id = wanted.id
