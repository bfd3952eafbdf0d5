-- Ends an answer: its text, its status, the conversation's activity (which never goes back), and what a search finds of it.
-- $4 text, $5 status, $6 failure, $7 and $8 tokens, $9 when, $10 the terms of the text, $11 reason, $12 thoughts, $13 how many messages were left out.
--
-- The conversation is locked first, as everywhere, so that nobody waits in a circle. If this had to wait, the statement still sees
-- the grants as they were before. Where they are others now, the version is another one too, and nothing is done.
WITH seen AS MATERIALIZED (
    SELECT c.version
    FROM conversations AS c
    WHERE c.organization_id = $1 AND c.id = $2
),
locked AS MATERIALIZED (
    SELECT c.organization_id, c.id, c.version
    FROM conversations AS c
    WHERE c.organization_id = $1 AND c.id = $2
    FOR NO KEY UPDATE
),
still AS MATERIALIZED (
    SELECT locked.organization_id, locked.id
    FROM locked
    JOIN seen ON seen.version = locked.version
),
finished AS (
    UPDATE messages AS m
    SET
        content = $4,
        status = $5,
        failure = $6,
        prompt_tokens = $7,
        completion_tokens = $8,
        reason = $11,
        reasoning = $12,
        left_out = $13,
        sign_of_life_at = NULL
    FROM still
    WHERE m.organization_id = $1 AND m.conversation_id = $2 AND m.id = $3 AND m.status = 'writing'
    RETURNING m.organization_id, m.conversation_id, m.position
),
noted AS (
    UPDATE conversations AS c
    SET last_activity_at = greatest(c.last_activity_at, $9)
    FROM finished
    WHERE c.organization_id = $1 AND c.id = $2
),
noted_in_grants AS (
    UPDATE conversation_group_grants AS g
    SET last_activity_at = greatest(g.last_activity_at, $9)
    FROM finished
    WHERE g.organization_id = $1 AND g.conversation_id = $2
),
documented AS (
    INSERT INTO search_terms AS s (organization_id, conversation_id, term, in_title, position)
    SELECT finished.organization_id, finished.conversation_id, t.term, false, finished.position
    FROM finished
    CROSS JOIN unnest($10::text[]) AS t (term)
    ON CONFLICT (organization_id, conversation_id, term) DO UPDATE
    SET position = excluded.position
    WHERE s.position IS NULL OR s.position > excluded.position
)
SELECT
    EXISTS (SELECT 1 FROM finished) AS "is_finished!",
    EXISTS (SELECT 1 FROM locked) AND NOT EXISTS (SELECT 1 FROM still) AS "is_outdated!"
