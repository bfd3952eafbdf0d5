-- Writes the conversations that `made` describes.
INSERT INTO conversations (
    organization_id, id, owner_id, title, privacy, organization_level, created_at, last_activity_at, version
)
SELECT
    {organization},
    id,
    owner_id,
    replace('{title}', '{number}', printf('%07d', n)),
    CASE WHEN share < 500 THEN 'private' ELSE 'shared' END,
    CASE WHEN share BETWEEN 500 AND 579 THEN 'view' WHEN share BETWEEN 580 AND 599 THEN 'collaborate' END,
    at,
    active_at,
    1 + n % 3
FROM made;

-- Every third one for a second group.
INSERT INTO conversation_group_grants (organization_id, conversation_id, group_id, level, last_activity_at)
SELECT
    {organization},
    id,
    unhex('01900000000070008002' || printf('%012x', (group_number + second.n * 77 - 1) % 200 + 1)),
    CASE WHEN made.n % 4 = 0 THEN 'collaborate' ELSE 'view' END,
    active_at
FROM made
CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1) AS second
WHERE share >= 600 AND (second.n = 0 OR made.n % 3 = 0);

INSERT INTO messages (
    organization_id, conversation_id, id, parent_id, position, depth, role, author_id, model, status, content, created_at
)
SELECT {organization}, id, prompt_id, NULL, 1, 0, 'user', owner_id, NULL, 'complete', replace('{prompt}', '{mark}', mark), at
FROM made
UNION ALL
SELECT {organization}, id, answer_id, prompt_id, 2, 1, 'assistant', NULL, 'echo', 'complete', '{answer}', active_at
FROM made;

INSERT INTO search_terms (organization_id, conversation_id, term, in_title, position)
SELECT {organization}, id, term, max(position IS NULL), min(position)
FROM (
    SELECT m.id, t.value AS term, NULL AS position
    FROM made AS m
    CROSS JOIN json_each('["' || replace({title_words}, ' ', '","') || '"]') AS t
    UNION ALL
    SELECT m.id, t.value AS term, 1 AS position
    FROM made AS m
    CROSS JOIN json_each('["' || replace({prompt_words}, ' ', '","') || '"]') AS t
    UNION ALL
    SELECT m.id, t.value AS term, 2 AS position
    FROM made AS m
    CROSS JOIN json_each('["' || replace({answer_words}, ' ', '","') || '"]') AS t
)
GROUP BY id, term;

-- The terms by audience are written at the end.
DELETE FROM search_audience_pending;

DROP TABLE made;

COMMIT;
