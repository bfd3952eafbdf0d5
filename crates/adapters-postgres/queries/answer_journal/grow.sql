UPDATE messages
SET content = $4, reasoning = $5, left_out = $6, sign_of_life_at = clock_timestamp()
WHERE organization_id = $1 AND conversation_id = $2 AND id = $3 AND status = 'writing'
