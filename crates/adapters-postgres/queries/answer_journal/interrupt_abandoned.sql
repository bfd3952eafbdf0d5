-- Marks answers of one organization as interrupted that had no heartbeat since they were found, and lets them be found by their
-- terms. Answers how many.
-- $1 organization, and one array for each column: $2 conversations, $3 answers, $4 their last heartbeats, $5 terms, with spaces between them.
--
-- The conversations are locked before their messages, as everywhere, so that nobody waits in a circle: the end of an answer changes its
-- conversation, too. What somebody works on at this moment is left alone.
WITH given AS MATERIALIZED (
    SELECT *
    FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[])
        AS a (conversation_id, id, sign_of_life_at, words)
),
abandoned AS MATERIALIZED (
    SELECT c.organization_id, c.id AS conversation_id, m.id, given.words
    FROM given
    CROSS JOIN LATERAL (
        SELECT c.organization_id, c.id
        FROM conversations AS c
        WHERE c.organization_id = $1 AND c.id = given.conversation_id
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS c
    CROSS JOIN LATERAL (
        SELECT m.id
        FROM messages AS m
        WHERE m.organization_id = $1
            AND m.conversation_id = c.id
            AND m.id = given.id
            AND m.status = 'writing'
            AND m.sign_of_life_at IS NOT DISTINCT FROM given.sign_of_life_at
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS m
),
interrupted AS (
    UPDATE messages AS m
    SET status = 'failed', failure = 'interrupted', reason = 'interrupted', sign_of_life_at = NULL
    FROM abandoned
    WHERE m.organization_id = abandoned.organization_id
        AND m.conversation_id = abandoned.conversation_id
        AND m.id = abandoned.id
    RETURNING m.organization_id, m.conversation_id, m.position, abandoned.words
),
documented AS (
    INSERT INTO search_terms AS s (organization_id, conversation_id, term, in_title, position)
    SELECT i.organization_id, i.conversation_id, t.term, false, min(i.position)
    FROM interrupted AS i
    CROSS JOIN unnest(string_to_array(i.words, ' ')) AS t (term)
    GROUP BY i.organization_id, i.conversation_id, t.term
    ON CONFLICT (organization_id, conversation_id, term) DO UPDATE
    SET position = excluded.position
    WHERE s.position IS NULL OR s.position > excluded.position
)
SELECT count(*) AS "interrupted!"
FROM interrupted
