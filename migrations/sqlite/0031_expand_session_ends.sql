-- A stopped user's sessions end for good, whoever stops the user: a user who is active again has to sign in again.
CREATE TRIGGER end_sessions_of_stopped_user AFTER UPDATE OF active ON users WHEN new.active = 0 BEGIN
    DELETE FROM sessions WHERE organization_id = new.organization_id AND user_id = new.id;
END;

-- Somebody who signs in while they are being stopped has no session either.
CREATE TRIGGER end_new_session_of_stopped_user AFTER INSERT ON sessions
WHEN EXISTS (
    SELECT 1 FROM users AS u
    WHERE u.organization_id = new.organization_id AND u.id = new.user_id AND u.active = 0
) BEGIN
    DELETE FROM sessions
    WHERE organization_id = new.organization_id AND secret_digest = new.secret_digest;
END;

-- Those of users who are stopped already.
DELETE FROM sessions
WHERE (organization_id, user_id) IN (SELECT u.organization_id, u.id FROM users AS u WHERE u.active = 0);
