-- Branches, sensors, labels, models.
SET LOCAL ROLE weir_owner;

CREATE TABLE weir.branch (
    name text PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 64),
    prefixes cidr[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE weir.branch IS 'the offices';
COMMENT ON COLUMN weir.branch.prefixes IS 'address ranges that belong to it';

CREATE TABLE weir.sensor (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    branch text NOT NULL REFERENCES weir.branch,
    public_key bytea NOT NULL UNIQUE CHECK (octet_length(public_key) = 32),
    enrolled_at timestamptz NOT NULL DEFAULT now(),
    revoked boolean NOT NULL DEFAULT false,
    last_seen timestamptz,
    model_version bigint,
    model_refusal text
);
COMMENT ON TABLE weir.sensor IS 'who may send';
COMMENT ON COLUMN weir.sensor.public_key IS 'CURVE public key: the sensor''s identity';
COMMENT ON COLUMN weir.sensor.model_version IS 'model it acknowledged last';
COMMENT ON COLUMN weir.sensor.model_refusal IS 'why it refused the last offer; null when it took it';

CREATE TABLE weir.sensor_status (
    sensor_id integer NOT NULL REFERENCES weir.sensor,
    minute timestamptz NOT NULL,
    boot uuid NOT NULL,
    clock_offset_us bigint NOT NULL,
    counters jsonb NOT NULL,
    PRIMARY KEY (sensor_id, minute, boot)
);
COMMENT ON TABLE weir.sensor_status IS 'what a sensor reported last in each minute';
COMMENT ON COLUMN weir.sensor_status.counters IS 'totals since its start by name; null = the platform cannot tell';

CREATE TABLE weir.label (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    label text NOT NULL CHECK (octet_length(label) BETWEEN 1 AND 64),
    who text NOT NULL DEFAULT session_user,
    why text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retracted_at timestamptz,
    sensor_id integer,
    boot uuid,
    flow_id bigint,
    stream text,
    orig inet,
    resp inet,
    resp_p integer,
    proto smallint,
    ts_from timestamptz,
    ts_to timestamptz,
    CHECK ((flow_id IS NULL) = (sensor_id IS NULL) AND (flow_id IS NULL) = (boot IS NULL)),
    CHECK (flow_id IS NOT NULL OR orig IS NOT NULL OR resp IS NOT NULL OR stream IS NOT NULL
           OR ts_from IS NOT NULL)
);
COMMENT ON TABLE weir.label IS 'what people say: one flow (sensor_id, boot, flow_id) or a pattern (the other columns, null = any)';
COMMENT ON COLUMN weir.label.label IS '''normal'', or the name of an attack';
CREATE INDEX label_flow ON weir.label (sensor_id, boot, flow_id) WHERE flow_id IS NOT NULL;
CREATE INDEX label_pattern ON weir.label (ts_from) WHERE flow_id IS NULL;

CREATE SEQUENCE weir.model_version;
CREATE TABLE weir.model (
    version bigint PRIMARY KEY CHECK (version > 0),
    name text NOT NULL,
    kind text NOT NULL,
    schema_name text NOT NULL,
    schema_hash bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    data_from timestamptz,
    data_to timestamptz,
    data_digest text NOT NULL,
    training_rows bigint NOT NULL,
    threshold double precision NOT NULL,
    artifact bytea NOT NULL,
    registered_by text NOT NULL DEFAULT session_user,
    registered_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE weir.model IS 'every trained model with its artefact';
COMMENT ON COLUMN weir.model.schema_hash IS '64 bits, may look negative; a model of another schema is refused';
COMMENT ON COLUMN weir.model.artifact IS 'manifest, payload, golden vectors and signatures, as sensors get it';

CREATE TABLE weir.model_evaluation (
    version bigint NOT NULL REFERENCES weir.model,
    part text NOT NULL,
    metric text NOT NULL,
    value double precision NOT NULL,
    low double precision,
    high double precision,
    PRIMARY KEY (version, part, metric)
);
COMMENT ON TABLE weir.model_evaluation IS 'figures of each model; low and high are a 95 % interval';

CREATE TABLE weir.model_activation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    target text NOT NULL CHECK (target IN ('sensor', 'fleet')),
    version bigint REFERENCES weir.model,
    who text NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE weir.model_activation IS 'who made which model active where; the newest row of a target holds, null = none';
CREATE INDEX model_activation_target ON weir.model_activation (target, id);

GRANT SELECT ON weir.branch, weir.sensor, weir.sensor_status, weir.label, weir.model,
    weir.model_evaluation, weir.model_activation TO weir_console, weir_admin;
GRANT SELECT ON weir.branch, weir.sensor, weir.model, weir.model_activation TO weir_ingest;
GRANT UPDATE (last_seen, model_version, model_refusal) ON weir.sensor TO weir_ingest;
GRANT SELECT, INSERT, UPDATE ON weir.sensor_status TO weir_ingest;
GRANT SELECT ON weir.label, weir.sensor, weir.model_activation TO weir_trainer;
GRANT SELECT, INSERT ON weir.model, weir.model_evaluation TO weir_trainer, weir_admin;
GRANT USAGE ON SEQUENCE weir.model_version TO weir_trainer, weir_admin;
GRANT INSERT ON weir.branch, weir.sensor, weir.label, weir.model_activation TO weir_admin;
GRANT UPDATE (prefixes) ON weir.branch TO weir_admin;
GRANT UPDATE (revoked, branch) ON weir.sensor TO weir_admin;
GRANT UPDATE (retracted_at) ON weir.label TO weir_admin;
GRANT UPDATE (artifact) ON weir.model TO weir_admin;
