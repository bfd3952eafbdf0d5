-- Brings the next $3 terms of a conversation up to date, in some of its audiences and former ones that are pending. The
-- conversation is deleted, or locked as by everybody who changes its terms or its audiences. Terms are read whether or not they
-- are new, so that the work does not depend on how many are.
WITH pending AS MATERIALIZED (
    SELECT
        p.audience_id,
        p.done_up_to,
        p.again_from,
        p.from_position,
        -- Whether it is an audience; nobody is one of a deleted conversation.
        (
            p.audience_id = c.owner_id
            OR (p.audience_id = $1 AND c.organization_level IS NOT NULL)
            OR p.audience_id = ANY (ARRAY(
                SELECT g.group_id
                FROM conversation_group_grants AS g
                WHERE g.organization_id = $1 AND g.conversation_id = $2
            ))
        ) IS TRUE AS is_audience
    FROM search_audience_pending AS p
    LEFT JOIN (
        SELECT c.owner_id, c.organization_level FROM conversations AS c WHERE c.organization_id = $1 AND c.id = $2
    ) AS c ON true
    WHERE p.organization_id = $1
        AND p.conversation_id = $2
        -- A deleted conversation's own terms, see remove_terms.sql.
        AND p.audience_id <> 'ffffffff-ffff-ffff-ffff-ffffffffffff'
    ORDER BY p.audience_id
    LIMIT 4
    FOR UPDATE OF p
),
part AS MATERIALIZED (
    SELECT p.audience_id, p.is_audience, t.term, t.is_new
    FROM pending AS p
    CROSS JOIN LATERAL (
        SELECT s.term, s.in_title OR s.position >= p.from_position AS is_new
        FROM search_terms AS s
        WHERE s.organization_id = $1 AND s.conversation_id = $2 AND s.term > p.done_up_to
        ORDER BY s.term
        LIMIT $3
    ) AS t
),
ends AS MATERIALIZED (
    SELECT p.audience_id, p.again_from, count(t.term) AS terms, max(t.term) AS last
    FROM pending AS p
    LEFT JOIN part AS t ON t.audience_id = p.audience_id
    GROUP BY p.audience_id, p.again_from
),
put AS (
    INSERT INTO search_audience_terms (organization_id, audience_id, term, conversation_id)
    SELECT $1, t.audience_id, t.term, $2
    FROM part AS t
    WHERE t.is_audience AND t.is_new
    ON CONFLICT DO NOTHING
),
removed AS MATERIALIZED (
    SELECT parlor_delete_audience_term($1, t.audience_id, t.term, $2)
    FROM part AS t
    -- Who is no audience any more may have every term.
    WHERE NOT t.is_audience
),
continued AS (
    UPDATE search_audience_pending AS p
    SET
        from_position = CASE WHEN ends.terms < $3 THEN ends.again_from ELSE p.from_position END,
        done_up_to = CASE WHEN ends.terms < $3 THEN '' ELSE ends.last END,
        again_from = CASE WHEN ends.terms < $3 THEN NULL ELSE ends.again_from END
    FROM ends
    WHERE p.organization_id = $1
        AND p.conversation_id = $2
        AND p.audience_id = ends.audience_id
        AND (ends.terms = $3 OR ends.again_from IS NOT NULL)
),
finished AS (
    DELETE FROM search_audience_pending AS p
    USING ends
    WHERE p.organization_id = $1
        AND p.conversation_id = $2
        AND p.audience_id = ends.audience_id
        AND ends.terms < $3
        AND ends.again_from IS NULL
)
-- What nobody asks for is not carried out.
SELECT count(*) AS "removed!" FROM removed
