-- Removes ?3 of the events.
DELETE FROM conversation_events
WHERE organization_id = ?1
    AND conversation_id = ?2
    AND number IN (
        SELECT e.number
        FROM conversation_events AS e
        WHERE e.organization_id = ?1 AND e.conversation_id = ?2
        ORDER BY e.number
        LIMIT ?3
    )
