-- Counts a denial: the first one of this id to this person with 0 repeats, each further one as a repeat. One that was counted
-- already, one of the newest 32, is not counted twice. (A count whose time is over was removed before.)
INSERT INTO denied_repeats AS d (organization_id, actor_id, conversation_id, began_at, last_id, counted_ids)
VALUES (?1, ?3, ?4, CAST(unixepoch('subsec') * 1000000 AS INTEGER), ?2, hex(?2) || ' ')
ON CONFLICT (organization_id, actor_id, conversation_id) DO UPDATE
SET (repeats, last_id, first_at, last_at, document, counted_ids) = (
    SELECT d.repeats, d.last_id, d.first_at, d.last_at, d.document, d.counted_ids
    WHERE d.last_id = excluded.last_id OR instr(coalesce(d.counted_ids, ''), excluded.counted_ids) > 0
    UNION ALL
    SELECT
        d.repeats + 1,
        excluded.last_id,
        min(coalesce(d.first_at, ?5), ?5),
        ?5,
        ?6,
        substr(coalesce(d.counted_ids, '') || excluded.counted_ids, -32 * 33)
    WHERE d.last_id <> excluded.last_id AND instr(coalesce(d.counted_ids, ''), excluded.counted_ids) = 0
)
RETURNING repeats
