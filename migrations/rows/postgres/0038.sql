-- What a version with all steps up to this one stored besides: see 0011.sql.

INSERT INTO prompt_allowances (organization_id, user_id, taken_until) VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000011', to_timestamp(1100));

INSERT INTO sessions (organization_id, secret_digest, user_id, created_at, expires_at)
VALUES ('00000000-0000-0000-0000-000000000001', '\x0000000000000000000000000000000000000000000000000000000000000009', '00000000-0000-0000-0000-000000000011', to_timestamp(1000), to_timestamp(4000000000));

INSERT INTO search_terms (organization_id, conversation_id, term, in_title, position)
VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000041', 'beacons', false, 1);

INSERT INTO denied_repeats (organization_id, actor_id, conversation_id, began_at, repeats, last_id, first_at, last_at, document)
VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000041', to_timestamp(1000), 2, '00000000-0000-0000-0000-000000000063', to_timestamp(1001), to_timestamp(1002), '{"id":4}');

UPDATE audit_entries SET set_aside_at = to_timestamp(1010), set_aside_reason = 'too large' WHERE id = '00000000-0000-0000-0000-000000000062' AND delivered_at IS NULL;

-- It tells those who follow the conversation.
INSERT INTO messages (
    organization_id, conversation_id, id, parent_id, position, depth, role, author_id, model, status, content, created_at
) VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000041', '00000000-0000-0000-0000-000000000056', NULL, 6, 0, 'user', '00000000-0000-0000-0000-000000000011', NULL, 'complete', 'and again?', to_timestamp(1006));
