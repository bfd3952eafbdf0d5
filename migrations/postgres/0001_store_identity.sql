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
    -- From version 16 on one may be a member of a role that one cannot take on.
    membership text := CASE
        WHEN current_setting('server_version_num')::integer >= 160000 THEN 'SET' ELSE 'MEMBER'
    END;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['parlor_service', 'parlor_upkeep'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        -- Whoever migrates may also serve. A login that only serves is granted both roles by an administrator.
        BEGIN
            IF NOT pg_has_role(current_user, role_name, membership) THEN
                EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

-- The organization that this connection works for: the second lock behind every statement's own condition. A connection that
-- does not say for whom it works sees no row.
CREATE FUNCTION parlor_current_organization() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('parlor.organization_id', true), '')::uuid;

-- Which migrations were applied, for a service that may not look itself: the table belongs to whoever migrates.
CREATE FUNCTION parlor_migrations() RETURNS TABLE (version bigint, description text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT m.version, m.description FROM _sqlx_migrations AS m;
END
$$;
REVOKE ALL ON FUNCTION parlor_migrations() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION parlor_migrations() TO parlor_service, parlor_upkeep;
