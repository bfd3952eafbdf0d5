-- Whether a conversation exists that could not be locked.
SELECT EXISTS (
    SELECT 1 FROM conversations AS c WHERE c.organization_id = $1 AND c.id = $2
) AS "exists!"
