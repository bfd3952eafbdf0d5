-- Counts a denial: the first one of this id to this person with 0 repeats, each further one as a repeat. One that was counted already is
-- not counted twice. (A count whose time is over was removed before.)
INSERT INTO denied_repeats AS d (organization_id, actor_id, conversation_id, began_at, last_id)
VALUES (?1, ?3, ?4, CAST(unixepoch('subsec') * 1000000 AS INTEGER), ?2)
ON CONFLICT (organization_id, actor_id, conversation_id) DO UPDATE
SET repeats = d.repeats + CASE WHEN d.last_id = excluded.last_id THEN 0 ELSE 1 END,
    last_id = excluded.last_id,
    first_at = min(coalesce(d.first_at, ?5), ?5),
    last_at = ?5,
    document = ?6
RETURNING repeats
