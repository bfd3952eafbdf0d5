-- What a version with all steps up to this one stored besides: see 0011.sql.

INSERT INTO prompt_allowances (organization_id, user_id, used_until) VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000011', 1100000000);

INSERT INTO sessions (organization_id, secret_digest, user_id, created_at, expires_at)
VALUES (x'00000000000000000000000000000001', x'0000000000000000000000000000000000000000000000000000000000000009', x'00000000000000000000000000000011', 1000000000, 4000000000000000);

INSERT INTO search_terms (organization_id, conversation_id, term, in_title, position)
VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000041', 'beacons', 0, 1);

INSERT INTO conversation_leftovers (organization_id, conversation_id) VALUES (x'00000000000000000000000000000001', x'0000000000000000000000000000004f');

INSERT INTO denied_repeats (organization_id, actor_id, conversation_id, began_at, repeats, last_id, first_at, last_at, document)
VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000012', x'00000000000000000000000000000041', 1000000000, 2, x'00000000000000000000000000000063', 1001000000, 1002000000, '{"id":4}');

UPDATE audit_entries SET set_aside_at = 1010000000, set_aside_reason = 'too large' WHERE id = x'00000000000000000000000000000062' AND delivered_at IS NULL;

-- It tells those who follow the conversation.
INSERT INTO messages (
    organization_id, conversation_id, id, parent_id, position, depth, role, author_id, model, status, content, created_at
) VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000041', x'00000000000000000000000000000056', NULL, 6, 0, 'user', x'00000000000000000000000000000011', NULL, 'complete', 'and again?', 1006000000);
