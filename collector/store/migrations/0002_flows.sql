-- Flows, the ledger that keeps them exactly once, and the partitions they lie in.
SET LOCAL ROLE weir_owner;

-- Microseconds since 1970, exactly, and the way back. Both hang on no time zone, whatever the
-- functions they are made of may do with other arguments.
CREATE FUNCTION weir.micros(ts timestamptz) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (extract(epoch FROM ts) * 1000000)::bigint $$;
COMMENT ON FUNCTION weir.micros IS 'microseconds since 1970 of a time';

CREATE FUNCTION weir.at(micros bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT timestamptz '1970-01-01 00:00:00+00' + interval '1 microsecond' * micros $$;
COMMENT ON FUNCTION weir.at IS 'the time of so many microseconds since 1970';

CREATE TABLE weir.flow (
    ts timestamptz NOT NULL,
    end_ts timestamptz NOT NULL,
    order_ts timestamptz NOT NULL,
    duration_us bigint NOT NULL,
    flow_id bigint NOT NULL,
    record_no bigint NOT NULL,
    sequence bigint NOT NULL,
    conn_tag bigint NOT NULL,
    orig_bytes bigint NOT NULL,
    resp_bytes bigint NOT NULL,
    orig_pkts bigint NOT NULL,
    resp_pkts bigint NOT NULL,
    orig_ip_bytes bigint NOT NULL,
    resp_ip_bytes bigint NOT NULL,
    missed_bytes bigint NOT NULL,
    flow_status bigint NOT NULL,
    sensor_id integer NOT NULL,
    orig_p integer NOT NULL,
    resp_p integer NOT NULL,
    tcp_anomaly integer NOT NULL,
    vlan integer,
    inner_vlan integer,
    record_type smallint NOT NULL,
    proto smallint NOT NULL,
    ip_version smallint NOT NULL,
    conn_state smallint NOT NULL,
    flag smallint NOT NULL,
    early_flag smallint NOT NULL,
    end_reason smallint NOT NULL,
    service smallint NOT NULL,
    has_vector boolean NOT NULL,
    land boolean NOT NULL,
    content_truncated boolean NOT NULL,
    boot uuid NOT NULL,
    orig_h inet NOT NULL,
    resp_h inet NOT NULL,
    orig_l2 macaddr,
    resp_l2 macaddr,
    community_id text,
    history text,
    stream text NOT NULL,
    -- ICMP and ICMPv6 only
    icmp_orig_messages bigint,
    icmp_orig_bytes bigint,
    icmp_orig_first timestamptz,
    icmp_orig_last timestamptz,
    icmp_orig_type smallint,
    icmp_orig_code smallint,
    icmp_resp_messages bigint,
    icmp_resp_bytes bigint,
    icmp_resp_first timestamptz,
    icmp_resp_last timestamptz,
    icmp_resp_type smallint,
    icmp_resp_code smallint,
    -- KDD columns 8 to 22 (20 is always 0)
    wrong_fragment smallint NOT NULL,
    urgent integer NOT NULL,
    hot integer NOT NULL,
    num_failed_logins smallint NOT NULL,
    logged_in smallint NOT NULL,
    num_compromised bigint NOT NULL,
    root_shell smallint NOT NULL,
    su_attempted smallint NOT NULL,
    num_root bigint NOT NULL,
    num_file_creations integer NOT NULL,
    num_shells smallint NOT NULL,
    num_access_files integer NOT NULL,
    is_host_login smallint NOT NULL,
    is_guest_login smallint NOT NULL,
    -- KDD columns 23 to 41 as whole numbers, over the fleet
    reason text,
    count smallint,
    srv_count smallint,
    serror smallint,
    srv_serror smallint,
    rerror smallint,
    srv_rerror smallint,
    same_srv smallint,
    diff_srv smallint,
    srv_diff_host smallint,
    dst_host_count smallint,
    dst_host_srv_count smallint,
    dst_host_same_srv smallint,
    dst_host_diff_srv smallint,
    dst_host_same_src_port smallint,
    dst_host_srv_diff_host smallint,
    dst_host_serror smallint,
    dst_host_rerror smallint,
    dst_host_srv_serror smallint,
    dst_host_srv_rerror smallint,
    -- the same over the sensor's own view when the flow ended
    imm_count smallint,
    imm_srv_count smallint,
    imm_serror smallint,
    imm_srv_serror smallint,
    imm_rerror smallint,
    imm_srv_rerror smallint,
    imm_same_srv smallint,
    imm_diff_srv smallint,
    imm_srv_diff_host smallint,
    imm_dst_host_count smallint,
    imm_dst_host_srv_count smallint,
    imm_dst_host_same_srv smallint,
    imm_dst_host_diff_srv smallint,
    imm_dst_host_same_src_port smallint,
    imm_dst_host_srv_diff_host smallint,
    imm_dst_host_serror smallint,
    imm_dst_host_rerror smallint,
    imm_dst_host_srv_serror smallint,
    imm_dst_host_srv_rerror smallint,
    -- what models said
    sensor_model bigint,
    sensor_score real,
    sensor_flagged boolean,
    fleet_model bigint,
    fleet_score real,
    fleet_flagged boolean
) PARTITION BY RANGE (ts);

COMMENT ON TABLE weir.flow IS 'one row per finished connection, partitioned by day of start';
COMMENT ON COLUMN weir.flow.ts IS 'time of the first packet, as the sensor saw it (Zeek: ts)';
COMMENT ON COLUMN weir.flow.order_ts IS 'ts after correction of the sensor''s clock: what orders the stream';
COMMENT ON COLUMN weir.flow.duration_us IS 'last packet - first packet, microseconds, not truncated';
COMMENT ON COLUMN weir.flow.flow_id IS 'unique per sensor and boot';
COMMENT ON COLUMN weir.flow.record_no IS 'ordinal of emission in its boot';
COMMENT ON COLUMN weir.flow.sequence IS 'batch it came in; see ledger';
COMMENT ON COLUMN weir.flow.conn_tag IS 'keyed hash of the originator''s initial sequence number; 64 bits, may look negative; 0 none';
COMMENT ON COLUMN weir.flow.orig_bytes IS 'distinct payload bytes from the originator';
COMMENT ON COLUMN weir.flow.flow_status IS '64 bits; 42 evicted, 45 cut by snap length, 62 interim';
COMMENT ON COLUMN weir.flow.orig_p IS 'port; ICMP: type';
COMMENT ON COLUMN weir.flow.resp_p IS 'port; ICMP: code';
COMMENT ON COLUMN weir.flow.record_type IS '1 START, 2 INTERIM, 3 FINAL; in flow always 3';
COMMENT ON COLUMN weir.flow.conn_state IS 'number; conn_state_name() gives Zeek''s word';
COMMENT ON COLUMN weir.flow.flag IS 'number; flag_name() gives KDD''s word';
COMMENT ON COLUMN weir.flow.early_flag IS 'flag as it was 5 s after the start; 0 = OPEN';
COMMENT ON COLUMN weir.flow.end_reason IS '1 idle, 3 end of flow, 4 forced, 5 lack of resources (IPFIX element 136)';
COMMENT ON COLUMN weir.flow.service IS 'number; service_name() gives NSL-KDD''s word';
COMMENT ON COLUMN weir.flow.has_vector IS 'false: a protocol without KDD vector';
COMMENT ON COLUMN weir.flow.stream IS '''live'', or the name of a replay';
COMMENT ON COLUMN weir.flow.reason IS 'why count .. dst_host_srv_rerror are null: late, lagging, clock_suspect, no_vector, unknown_start; null when they are there';
COMMENT ON COLUMN weir.flow.count IS 'connections to the same host in the last 2 s of the fleet''s stream; the columns up to dst_host_srv_rerror are whole numbers, view kdd has the rates';
COMMENT ON COLUMN weir.flow.imm_count IS 'as count, over what this one sensor knew when the flow ended';
COMMENT ON COLUMN weir.flow.sensor_score IS 'probability of attack by the sensor''s model sensor_model';
COMMENT ON COLUMN weir.flow.fleet_score IS 'probability of attack by the collector''s model fleet_model';

CREATE INDEX flow_ts ON weir.flow USING brin (ts);
CREATE INDEX flow_orig_h ON weir.flow (orig_h);
CREATE INDEX flow_resp_h ON weir.flow (resp_h);
CREATE INDEX flow_flagged ON weir.flow (ts) WHERE sensor_flagged OR fleet_flagged;

CREATE TABLE weir.flow_open (LIKE weir.flow INCLUDING COMMENTS,
    PRIMARY KEY (sensor_id, boot, flow_id)) WITH (fillfactor = 70);
COMMENT ON TABLE weir.flow_open IS 'connections that have not ended: the latest START or INTERIM of each';

CREATE TABLE weir.flow_late (LIKE weir.flow INCLUDING COMMENTS,
    stored_at timestamptz NOT NULL DEFAULT now());
COMMENT ON TABLE weir.flow_late IS 'flows of a day that is retired or beyond reach (before 1990, more than a week ahead)';
CREATE INDEX flow_late_ts ON weir.flow_late USING brin (ts);

CREATE TABLE weir.flow_rejected (
    sensor_id integer NOT NULL,
    boot uuid NOT NULL,
    sequence bigint NOT NULL,
    flow_id bigint NOT NULL,
    record_no bigint NOT NULL,
    record_type smallint NOT NULL,
    reason text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE weir.flow_rejected IS 'records that could not become rows, each with the reason';

CREATE TABLE weir.ledger (
    sensor_id integer NOT NULL,
    boot uuid NOT NULL,
    sequence bigint NOT NULL,
    hash bigint NOT NULL,
    rows integer NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sensor_id, boot, sequence)
);
COMMENT ON TABLE weir.ledger IS 'one row per committed batch, in the same transaction as its flows: what makes storing exactly once';
COMMENT ON COLUMN weir.ledger.hash IS 'XXH3 of the batch''s payload as received';

CREATE TABLE weir.ledger_position (
    sensor_id integer NOT NULL,
    boot uuid NOT NULL,
    sequence bigint NOT NULL,
    last_record_no bigint NOT NULL,
    low_us bigint NOT NULL,
    newest_us bigint NOT NULL,
    stream text NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sensor_id, boot)
) WITH (fillfactor = 50);
COMMENT ON TABLE weir.ledger_position IS 'the newest ledger row of each boot of a sensor';
COMMENT ON COLUMN weir.ledger_position.low_us IS 'no later record starts before this (microseconds since 1970); 9223372036854775807 = the stream ended';

CREATE TABLE weir.retired_day (
    day date PRIMARY KEY,
    retired_at timestamptz NOT NULL DEFAULT now(),
    dropped_at timestamptz
);
COMMENT ON TABLE weir.retired_day IS 'days whose flows were taken out; rows that still come for them go to flow_late';

CREATE FUNCTION weir.make_flow_partition(day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, weir, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
    part text := format('flow_%s', to_char(day, 'YYYYMMDD'));
BEGIN
    IF day < DATE '1990-01-01' OR day > current_date + 8 THEN
        RETURN 'beyond';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('weir.flow'));
    IF EXISTS (SELECT FROM retired_day r WHERE r.day = make_flow_partition.day) THEN
        RETURN 'retired';
    END IF;
    IF to_regclass('weir.' || part) IS NOT NULL THEN
        RETURN 'exists';
    END IF;
    EXECUTE format('CREATE TABLE weir.%I (LIKE weir.flow INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    -- ATTACH lets readers and writers of the other days go on, PARTITION OF would not.
    EXECUTE format('ALTER TABLE weir.flow ATTACH PARTITION weir.%I FOR VALUES FROM (%L) TO (%L)',
                   part, day::timestamptz, (day + 1)::timestamptz);
    RETURN 'made';
END $$;
COMMENT ON FUNCTION weir.make_flow_partition IS 'makes the partition of a day; made, exists, retired or beyond';

CREATE FUNCTION weir.retire_flow_day(day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, weir, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    part text := format('flow_%s', to_char(day, 'YYYYMMDD'));
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('weir.flow'));
    INSERT INTO retired_day (day) VALUES (retire_flow_day.day) ON CONFLICT DO NOTHING;
    IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('weir.' || part)) THEN
        EXECUTE format('ALTER TABLE weir.flow DETACH PARTITION weir.%I', part);
        RETURN 'detached';
    END IF;
    RETURN 'none';
END $$;
COMMENT ON FUNCTION weir.retire_flow_day IS 'first step of retention: detaches a day; its table stays until drop_retired_day';

CREATE FUNCTION weir.drop_retired_day(day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, weir, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    part text := format('flow_%s', to_char(day, 'YYYYMMDD'));
BEGIN
    UPDATE retired_day r SET dropped_at = now()
     WHERE r.day = drop_retired_day.day AND r.dropped_at IS NULL;
    IF NOT FOUND THEN
        RETURN 'not retired';
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS weir.%I', part);
    RETURN 'dropped';
END $$;
COMMENT ON FUNCTION weir.drop_retired_day IS 'second step of retention: drops the table of a retired day';

REVOKE ALL ON FUNCTION weir.make_flow_partition, weir.retire_flow_day, weir.drop_retired_day
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION weir.make_flow_partition TO weir_ingest, weir_admin;
GRANT EXECUTE ON FUNCTION weir.retire_flow_day, weir.drop_retired_day TO weir_admin;

COMMENT ON COLUMN weir.ledger_position.newest_us IS 'latest start of a stored flow (microseconds since 1970)';

GRANT SELECT, INSERT ON weir.flow, weir.flow_late, weir.flow_rejected, weir.ledger TO weir_ingest;
GRANT SELECT, INSERT, UPDATE ON weir.ledger_position TO weir_ingest;
GRANT SELECT, INSERT, UPDATE, DELETE ON weir.flow_open TO weir_ingest;
GRANT SELECT ON weir.flow TO weir_trainer;
GRANT SELECT ON weir.flow, weir.flow_open, weir.flow_late, weir.flow_rejected, weir.ledger,
    weir.ledger_position, weir.retired_day TO weir_console, weir_admin;
