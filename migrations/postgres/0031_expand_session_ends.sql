-- A stopped user's sessions end for good, whoever stops the user: a user who is active again has to sign in again.
CREATE FUNCTION parlor_user_stopped() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    DELETE FROM sessions WHERE organization_id = new.organization_id AND user_id = new.id;
    RETURN NULL;
END
$$;

-- Somebody who signs in while they are being stopped has no session either. The lock waits for whoever stops the user, and makes
-- them wait for the new session, which their own trigger sees and deletes then.
CREATE FUNCTION parlor_session_begun() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    is_active boolean;
BEGIN
    SELECT u.active INTO is_active
    FROM users AS u
    WHERE u.organization_id = new.organization_id AND u.id = new.user_id
    FOR SHARE;
    IF NOT is_active THEN
        DELETE FROM sessions
        WHERE organization_id = new.organization_id AND secret_digest = new.secret_digest;
    END IF;
    RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION parlor_user_stopped(), parlor_session_begun() FROM PUBLIC;

CREATE TRIGGER end_sessions AFTER UPDATE OF active ON users
FOR EACH ROW WHEN (NOT new.active) EXECUTE FUNCTION parlor_user_stopped();
CREATE TRIGGER end_of_stopped_user AFTER INSERT ON sessions
FOR EACH ROW EXECUTE FUNCTION parlor_session_begun();

-- Those of users who are stopped already.
DELETE FROM sessions AS s
USING users AS u
WHERE u.organization_id = s.organization_id AND u.id = s.user_id AND NOT u.active;
