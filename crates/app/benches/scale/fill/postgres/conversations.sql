-- Writes the conversations that `made` describes.
INSERT INTO conversations (
    organization_id, id, owner_id, title, privacy, organization_level, created_at, last_activity_at, version
)
SELECT
    {organization},
    id,
    owner_id,
    replace('{title}', '{number}', lpad(n::text, 7, '0')),
    CASE WHEN share < 500 THEN 'private' ELSE 'shared' END,
    CASE WHEN share BETWEEN 500 AND 579 THEN 'view' WHEN share BETWEEN 580 AND 599 THEN 'collaborate' END,
    at,
    active_at,
    1 + n % 3
FROM made;

-- Every third one for a second group.
INSERT INTO conversation_group_grants (organization_id, conversation_id, group_id, level, last_activity_at, owner_id)
SELECT
    {organization},
    id,
    ('01900000-0000-7000-8002-' || lpad(to_hex((group_number + second * 77 - 1) % 200 + 1), 12, '0'))::uuid,
    CASE WHEN n % 4 = 0 THEN 'collaborate' ELSE 'view' END,
    active_at,
    owner_id
FROM made
CROSS JOIN generate_series(0, 1) AS second
WHERE share >= 600 AND (second = 0 OR n % 3 = 0);

INSERT INTO messages (
    organization_id, conversation_id, id, parent_id, position, depth, role, author_id, model, status, content, created_at
)
SELECT {organization}, id, prompt_id, NULL, 1, 0, 'user', owner_id, NULL, 'complete', replace('{prompt}', '{mark}', mark), at
FROM made
UNION ALL
SELECT {organization}, id, answer_id, prompt_id, 2, 1, 'assistant', NULL, 'echo', 'complete', '{answer}', active_at
FROM made;

INSERT INTO search_terms (organization_id, conversation_id, term, in_title, position)
SELECT {organization}, m.id, t.term, bool_or(t.position IS NULL), min(t.position)
FROM (SELECT id, {title_words} AS title, {prompt_words} AS prompt, {answer_words} AS answer FROM made) AS m
CROSS JOIN LATERAL (
    SELECT unnest(m.title) AS term, NULL::integer AS position
    UNION ALL
    SELECT unnest(m.prompt), 1
    UNION ALL
    SELECT unnest(m.answer), 2
) AS t
GROUP BY m.id, t.term;

DROP TABLE made;
