-- After the last term: begins again, if something has changed meanwhile.
UPDATE search_audience_pending
SET from_position = again_from, done_up_to = '', again_from = NULL
WHERE organization_id = ?1 AND conversation_id = ?2 AND audience_id = ?3 AND again_from IS NOT NULL
