-- Adds messages where the conversation of each and its parent are there, and neither its id nor its place is taken: all of them, or
-- none. That it is there is the first heartbeat of an answer that is being written.
-- $1 organization, and one array for each column; $5 says whether the parent is a message before it in the arrays. $17 to $19 the
-- terms of what can be found by searching: each once for a conversation, with the position of the first message that has it.
WITH given AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $2::uuid[], $3::uuid[], $4::uuid[], $5::boolean[], $6::integer[], $7::integer[], $8::text[], $9::uuid[], $10::text[],
        $11::text[], $12::text[], $13::text[], $14::bigint[], $15::bigint[], $16::timestamptz[], $20::text[], $21::text[],
        $22::integer[]
    ) AS m (
        conversation_id, id, parent_id, parent_is_given, position, depth, role, author_id, model,
        status, failure, content, prompt_tokens, completion_tokens, created_at, reason, reasoning, left_out
    )
),
refused AS MATERIALIZED (
    -- No EXISTS: of one of those PostgreSQL may make a table of everything that the organization has.
    SELECT m.id
    FROM given AS m
    WHERE (SELECT c.id FROM conversations AS c WHERE c.organization_id = $1 AND c.id = m.conversation_id) IS NULL
        OR (
            m.parent_id IS NOT NULL
            AND NOT m.parent_is_given
            AND (
                SELECT p.id
                FROM messages AS p
                WHERE p.organization_id = $1 AND p.conversation_id = m.conversation_id AND p.id = m.parent_id
            ) IS NULL
        )
        OR (
            SELECT t.id
            FROM messages AS t
            WHERE t.organization_id = $1 AND t.conversation_id = m.conversation_id AND t.id = m.id
        ) IS NOT NULL
        OR (
            -- In the order of an index, so that it is read from there on.
            SELECT t.position
            FROM messages AS t
            WHERE t.organization_id = $1 AND t.conversation_id = m.conversation_id AND t.position >= m.position
            ORDER BY t.position
            LIMIT 1
        ) = m.position
    LIMIT 1
),
added AS (
    INSERT INTO messages (
        organization_id, conversation_id, id, parent_id, position, depth, role, author_id, model, status, failure, content,
        prompt_tokens, completion_tokens, created_at, reason, reasoning, left_out, sign_of_life_at
    )
    SELECT
        $1, m.conversation_id, m.id, m.parent_id, m.position, m.depth, m.role, m.author_id, m.model, m.status, m.failure, m.content,
        m.prompt_tokens, m.completion_tokens, m.created_at, m.reason, m.reasoning, m.left_out,
        CASE WHEN m.status = 'writing' THEN clock_timestamp() END
    FROM given AS m
    WHERE NOT EXISTS (SELECT 1 FROM refused)
    ON CONFLICT DO NOTHING
    RETURNING conversation_id, id
),
documented AS (
    INSERT INTO search_terms AS s (organization_id, conversation_id, term, in_title, position)
    SELECT $1, t.conversation_id, t.term, false, t.position
    FROM unnest($17::uuid[], $18::text[], $19::integer[]) AS t (conversation_id, term, position)
    WHERE NOT EXISTS (SELECT 1 FROM refused)
    ON CONFLICT (organization_id, conversation_id, term) DO UPDATE
    SET position = excluded.position
    WHERE s.position IS NULL OR s.position > excluded.position
)
SELECT count(*) AS "added!"
FROM added
