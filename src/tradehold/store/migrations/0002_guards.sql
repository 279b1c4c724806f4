-- Append-only, twice: by privilege first (the role that runs owns nothing), by trigger behind it.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tradehold_run') THEN
        CREATE ROLE tradehold_run NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database of this server was set up at the same moment
END
$$;
DO $$
BEGIN
    EXECUTE format('GRANT tradehold_run TO %I', current_user);
END
$$;

GRANT USAGE ON SCHEMA public TO tradehold_run;
GRANT SELECT, INSERT ON event, posting TO tradehold_run;
GRANT SELECT, INSERT, UPDATE ON machine, balance, idempotency TO tradehold_run;
GRANT SELECT, INSERT, UPDATE, DELETE ON due, personal, session, setting TO tradehold_run;
GRANT SELECT, INSERT, UPDATE ON company, member TO tradehold_run;
GRANT SELECT, INSERT ON bank_file TO tradehold_run;

CREATE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
CREATE TRIGGER posting_append_only BEFORE UPDATE OR DELETE ON posting
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
