-- Whether the log has this denial already. (Found by its id alone: among those of a conversation, it would take as long as the
-- conversation has entries.)
SELECT EXISTS (
    SELECT 1
    FROM audit_entries AS e
    WHERE e.organization_id = ?1 AND e.id = ?2 AND +e.actor_id = ?3 AND +e.conversation_id = ?4
) AS "is_logged!: bool"
