-- Who works with this store. The schema belongs to whoever migrates it; the service owns nothing and works under two roles,
-- which it takes on when it connects:
--
--   parlor_service   what requests need, in the one organization that the connection says it works for
--   parlor_upkeep    what concerns all organizations: delivering audit entries, interrupted answers, old idempotency keys
--
-- Roles belong to the whole cluster, so another database may have made them already, perhaps at this moment.
DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['parlor_service', 'parlor_upkeep'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        -- Whoever migrates may also serve. A login that only serves is granted both roles by an administrator.
        IF NOT pg_has_role(current_user, role_name, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
        END IF;
    END LOOP;
END
$$;

-- The organization that this connection works for: the second lock behind every statement's own condition. A connection that
-- does not say for whom it works sees no row.
CREATE FUNCTION parlor_current_organization() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('parlor.organization_id', true), '')::uuid;
