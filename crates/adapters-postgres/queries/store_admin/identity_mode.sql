-- What the store was filled with; nothing where it is empty.
SELECT identity_mode
FROM organizations
LIMIT 1
