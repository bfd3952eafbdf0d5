-- Brings the next $3 terms of a conversation up to date, in each of its audiences and former ones that is pending; tells how many
-- there were. The conversation is locked, as by everybody who changes its terms or its audiences.
WITH pending AS MATERIALIZED (
    SELECT
        p.audience_id,
        p.done_up_to,
        p.again_from,
        p.from_position,
        -- Whether it is an audience.
        (
            p.audience_id = c.owner_id
            OR (p.audience_id = $1 AND c.organization_level IS NOT NULL)
            OR EXISTS (
                SELECT 1
                FROM conversation_group_grants AS g
                WHERE g.organization_id = $1 AND g.conversation_id = $2 AND g.group_id = p.audience_id
            )
        ) AS is_audience
    FROM search_audience_pending AS p
    CROSS JOIN (
        SELECT c.owner_id, c.organization_level FROM conversations AS c WHERE c.organization_id = $1 AND c.id = $2
    ) AS c
    WHERE p.organization_id = $1 AND p.conversation_id = $2
    ORDER BY p.audience_id
    LIMIT 4
    FOR UPDATE OF p
),
part AS MATERIALIZED (
    SELECT p.audience_id, p.is_audience, t.term
    FROM pending AS p
    CROSS JOIN LATERAL (
        SELECT s.term
        FROM search_terms AS s
        WHERE s.organization_id = $1
            AND s.conversation_id = $2
            AND s.term > p.done_up_to
            -- Who is no audience any more may have every term.
            AND (NOT p.is_audience OR s.in_title OR s.position >= p.from_position)
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
    WHERE t.is_audience
    ON CONFLICT DO NOTHING
),
removed AS MATERIALIZED (
    SELECT parlor_delete_audience_term($1, t.audience_id, t.term, $2)
    FROM part AS t
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
SELECT (SELECT count(*) FROM part) AS "terms!", (SELECT count(*) FROM removed) AS "removed!"
