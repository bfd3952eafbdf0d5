-- Marks answers as interrupted that gave no sign of life since they were found, and lets them be found by their words. What somebody
-- works on at this moment is left alone. The number of rows tells how many.
-- Arrays, one for each column: $1 organizations, $2 conversations, $3 answers, $4 their last signs of life, $5 words.
WITH given AS MATERIALIZED (
    SELECT *
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[])
        AS a (organization_id, conversation_id, id, sign_of_life_at, words)
),
abandoned AS MATERIALIZED (
    SELECT m.organization_id, m.conversation_id, m.id, given.words
    FROM given
    JOIN messages AS m
        ON m.organization_id = given.organization_id
        AND m.conversation_id = given.conversation_id
        AND m.id = given.id
    WHERE m.status = 'writing' AND m.sign_of_life_at IS NOT DISTINCT FROM given.sign_of_life_at
    FOR NO KEY UPDATE OF m SKIP LOCKED
),
interrupted AS (
    UPDATE messages AS m
    SET status = 'failed', failure = 'interrupted', reason = 'interrupted', sign_of_life_at = NULL
    FROM abandoned
    WHERE m.organization_id = abandoned.organization_id
        AND m.conversation_id = abandoned.conversation_id
        AND m.id = abandoned.id
    RETURNING m.organization_id, m.conversation_id, m.id, abandoned.words
)
INSERT INTO search_documents (organization_id, conversation_id, source_id, words)
SELECT i.organization_id, i.conversation_id, i.id, array_to_tsvector(string_to_array(i.words, ' '))
FROM interrupted AS i
ON CONFLICT (organization_id, conversation_id, source_id) DO UPDATE SET words = excluded.words
