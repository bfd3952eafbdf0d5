-- How often the directories of some organizations were changed.
SELECT o.organization_id, o.directory_version
FROM json_each(?1) AS wanted
CROSS JOIN organizations AS o
WHERE o.organization_id = unhex(wanted.value)
