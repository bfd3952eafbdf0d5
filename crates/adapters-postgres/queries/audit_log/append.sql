-- Adds entries, one array for each column. The number of rows tells how many of them were not there already.
INSERT INTO audit_entries (
    organization_id, id, action, actor_id, conversation_id, privileged_reading, occurred_at, document
)
SELECT e.organization_id, e.id, e.action, e.actor_id, e.conversation_id, e.privileged_reading, e.occurred_at, e.document
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[], $8::text[])
    AS e (organization_id, id, action, actor_id, conversation_id, privileged_reading, occurred_at, document)
ON CONFLICT DO NOTHING
