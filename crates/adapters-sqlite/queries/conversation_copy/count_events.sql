-- Continues the numbers of a copy's events.
UPDATE conversations
SET last_event = ?3
WHERE organization_id = ?1 AND id = ?2
