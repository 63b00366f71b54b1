-- Group roles without login, the schema, and the memory of what was applied. Roles belong to the
-- whole cluster, so another database may have made them already.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['weir_owner', 'weir_ingest', 'weir_trainer', 'weir_console',
                                  'weir_analyst', 'weir_admin']
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
    END LOOP;
    IF NOT pg_has_role(current_user, 'weir_owner', 'MEMBER') THEN
        EXECUTE format('GRANT weir_owner TO %I', current_user);
    END IF;
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO weir_ingest', current_database());
END $$;

COMMENT ON ROLE weir_owner IS 'owns every object of schema weir; migrations act as it';
COMMENT ON ROLE weir_ingest IS 'weir-collector: adds rows, takes nothing away but what has ended';
COMMENT ON ROLE weir_trainer IS 'weir-trainer: reads flows and labels, registers models';
COMMENT ON ROLE weir_console IS 'weir-console: reads everything, writes nothing';
COMMENT ON ROLE weir_analyst IS 'people: the views';
COMMENT ON ROLE weir_admin IS 'weirctl: enrolment, labels, activation, retention';

-- These hold for logins named so or told to; a login that is only a member sets its own.
ALTER ROLE weir_analyst SET statement_timeout = '60s';
ALTER ROLE weir_console SET statement_timeout = '60s';

CREATE SCHEMA weir AUTHORIZATION weir_owner;
COMMENT ON SCHEMA weir IS 'flows, sensors, labels and models of a weir fleet';
GRANT USAGE ON SCHEMA weir TO weir_ingest, weir_trainer, weir_console, weir_analyst, weir_admin;

SET LOCAL ROLE weir_owner;

CREATE TABLE weir.schema_migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE weir.schema_migration IS 'which migration files this database has seen';
COMMENT ON COLUMN weir.schema_migration.checksum IS 'XXH3 of the file when it was applied';
GRANT SELECT ON weir.schema_migration
    TO weir_ingest, weir_trainer, weir_console, weir_analyst, weir_admin;
