-- What a sensor knows beyond counters: the application, the tunnel, and the statistics of headers,
-- lengths, times and round trips, which lie beside the flows so that those stay narrow.
SET LOCAL ROLE weir_owner;

DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['flow', 'flow_open', 'flow_late']
    LOOP
        EXECUTE format('ALTER TABLE weir.%I '
                       'ADD COLUMN encrypted_guess boolean NOT NULL DEFAULT false, '
                       'ADD COLUMN app smallint NOT NULL DEFAULT 0, '
                       'ADD COLUMN detail smallint NOT NULL DEFAULT 0, '
                       'ADD COLUMN tunnel smallint NOT NULL DEFAULT 0, '
                       'ADD COLUMN tunnel_id bigint NOT NULL DEFAULT 0, '
                       'ADD COLUMN measured boolean', part);
    END LOOP;
END $$;
COMMENT ON COLUMN weir.flow.app IS 'application recognised by its bytes; app_name() gives the word';
COMMENT ON COLUMN weir.flow.encrypted_guess IS 'no known application, and both directions look like noise; false also when nobody looked: detail above 0, or not measured';
COMMENT ON COLUMN weir.flow.measured IS 'it has a row in flow_statistics; false: the sensor stepped down, or its pool of statistics was empty; null: stored before this was told';
COMMENT ON COLUMN weir.flow.detail IS 'least the sensor could afford while the flow was open: 0 everything, 1 no inspection, 2 no statistics either, 3 counters only';
COMMENT ON COLUMN weir.flow.tunnel IS 'outermost tunnel it came in; tunnel_name() gives the word, 0 none';
COMMENT ON COLUMN weir.flow.tunnel_id IS 'network, key or endpoint number of that tunnel';

CREATE FUNCTION weir.app_name(app integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (ARRAY[
        'none', 'unknown', 'tls', 'ssh', 'http', 'smtp', 'ftp', 'pop3', 'imap', 'telnet', 'dns',
        'smb', 'rdp', 'ldap', 'kerberos', 'mysql', 'postgres', 'mssql', 'rpc', 'irc', 'socks',
        'bittorrent', 'modbus', 'mqtt', 'quic', 'ntp', 'snmp', 'dhcp', 'tftp', 'ssdp', 'mdns',
        'llmnr', 'netbios-ns', 'syslog', 'sip', 'stun', 'radius', 'wireguard', 'openvpn', 'ike'
    ])[app + 1] $$;
COMMENT ON FUNCTION weir.app_name IS 'the word of an application number';

CREATE FUNCTION weir.tunnel_name(tunnel integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (ARRAY[
        'none', 'gre', 'erspan', 'ipip', '6in4', 'vxlan', 'geneve', 'teredo', 'gtpu', 'pseudowire'
    ])[tunnel + 1] $$;
COMMENT ON FUNCTION weir.tunnel_name IS 'the word of a tunnel number';

CREATE FUNCTION weir.detail_name(detail integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (ARRAY['full', 'no_inspection', 'no_statistics', 'counters'])[detail + 1] $$;
COMMENT ON FUNCTION weir.detail_name IS 'the word of a detail number';

CREATE FUNCTION weir.seed_tcp_anomaly(tcp_anomaly integer) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (tcp_anomaly & 65535) > 4 $$;
COMMENT ON FUNCTION weir.seed_tcp_anomaly IS 'a weak label used with Tranalyzer: the low word of tcp_anomaly is above 4';

-- Absent values are null: they differ from 0.
CREATE TABLE weir.flow_statistics (
    ts timestamptz NOT NULL,
    sensor_id integer NOT NULL,
    boot uuid NOT NULL,
    flow_id bigint NOT NULL,
    orig_first_us bigint,
    orig_last_us bigint,
    orig_ttl_min smallint NOT NULL,
    orig_ttl_max smallint NOT NULL,
    orig_ttl_changes smallint NOT NULL,
    orig_tos_or smallint NOT NULL,
    orig_tos_first smallint NOT NULL,
    orig_tos_changes smallint NOT NULL,
    orig_ip_flags integer NOT NULL,
    orig_ipid_delta_min integer,
    orig_ipid_delta_max integer,
    orig_ip_options bigint NOT NULL,
    orig_tcp_flags_or smallint NOT NULL,
    orig_tcp_fin bigint NOT NULL,
    orig_tcp_syn bigint NOT NULL,
    orig_tcp_rst bigint NOT NULL,
    orig_tcp_psh bigint NOT NULL,
    orig_tcp_ack bigint NOT NULL,
    orig_tcp_urg bigint NOT NULL,
    orig_tcp_ece bigint NOT NULL,
    orig_tcp_cwr bigint NOT NULL,
    orig_seq_ok bigint NOT NULL,
    orig_seq_fault bigint NOT NULL,
    orig_ack_ok bigint NOT NULL,
    orig_ack_fault bigint NOT NULL,
    orig_win_init bigint,
    orig_win_avg real,
    orig_win_min bigint,
    orig_win_max bigint,
    orig_win_down bigint NOT NULL,
    orig_win_up bigint NOT NULL,
    orig_win_dir_changes bigint NOT NULL,
    orig_win_low_ratio real,
    orig_tcp_opt_count bigint NOT NULL,
    orig_tcp_opt_mask bigint NOT NULL,
    orig_mss integer,
    orig_wscale integer,
    orig_tcp_uptime_s bigint,
    orig_pkt_len_min bigint NOT NULL,
    orig_pkt_len_max bigint NOT NULL,
    orig_pkt_len_mean real NOT NULL,
    orig_pkt_len_std real NOT NULL,
    orig_iat_min_us bigint NOT NULL,
    orig_iat_max_us bigint NOT NULL,
    orig_iat_mean_us real NOT NULL,
    orig_iat_std_us real NOT NULL,
    orig_payload_entropy real,
    orig_rtt_ack_samples bigint NOT NULL,
    orig_rtt_ack_min_us bigint,
    orig_rtt_ack_max_us bigint,
    orig_rtt_ack_mean_us real,
    resp_first_us bigint,
    resp_last_us bigint,
    resp_ttl_min smallint NOT NULL,
    resp_ttl_max smallint NOT NULL,
    resp_ttl_changes smallint NOT NULL,
    resp_tos_or smallint NOT NULL,
    resp_tos_first smallint NOT NULL,
    resp_tos_changes smallint NOT NULL,
    resp_ip_flags integer NOT NULL,
    resp_ipid_delta_min integer,
    resp_ipid_delta_max integer,
    resp_ip_options bigint NOT NULL,
    resp_tcp_flags_or smallint NOT NULL,
    resp_tcp_fin bigint NOT NULL,
    resp_tcp_syn bigint NOT NULL,
    resp_tcp_rst bigint NOT NULL,
    resp_tcp_psh bigint NOT NULL,
    resp_tcp_ack bigint NOT NULL,
    resp_tcp_urg bigint NOT NULL,
    resp_tcp_ece bigint NOT NULL,
    resp_tcp_cwr bigint NOT NULL,
    resp_seq_ok bigint NOT NULL,
    resp_seq_fault bigint NOT NULL,
    resp_ack_ok bigint NOT NULL,
    resp_ack_fault bigint NOT NULL,
    resp_win_init bigint,
    resp_win_avg real,
    resp_win_min bigint,
    resp_win_max bigint,
    resp_win_down bigint NOT NULL,
    resp_win_up bigint NOT NULL,
    resp_win_dir_changes bigint NOT NULL,
    resp_win_low_ratio real,
    resp_tcp_opt_count bigint NOT NULL,
    resp_tcp_opt_mask bigint NOT NULL,
    resp_mss integer,
    resp_wscale integer,
    resp_tcp_uptime_s bigint,
    resp_pkt_len_min bigint NOT NULL,
    resp_pkt_len_max bigint NOT NULL,
    resp_pkt_len_mean real NOT NULL,
    resp_pkt_len_std real NOT NULL,
    resp_iat_min_us bigint NOT NULL,
    resp_iat_max_us bigint NOT NULL,
    resp_iat_mean_us real NOT NULL,
    resp_iat_std_us real NOT NULL,
    resp_payload_entropy real,
    resp_rtt_ack_samples bigint NOT NULL,
    resp_rtt_ack_min_us bigint,
    resp_rtt_ack_max_us bigint,
    resp_rtt_ack_mean_us real,
    handshake_server_us bigint,
    handshake_client_us bigint,
    rtt_ack_jitter_us real,
    frag_count bigint NOT NULL,
    frag_errors bigint NOT NULL,
    active_peers_src bigint NOT NULL,
    active_peers_dst bigint NOT NULL,
    active_pair_conns bigint NOT NULL,
    active_srcport_conns bigint NOT NULL,
    icmp_msg_count bigint NOT NULL,
    icmp_typecode_count bigint NOT NULL,
    icmp_type_mask bigint NOT NULL,
    icmp_type_mask_high bigint NOT NULL,
    icmp_code_mask bigint NOT NULL,
    icmp_echo_req bigint NOT NULL,
    icmp_echo_rep bigint NOT NULL,
    icmp_echo_succ_ratio real NOT NULL,
    icmp_echo_len_min integer,
    icmp_echo_len_max integer,
    icmp_parent_flow_id bigint NOT NULL,
    len_seq integer[] NOT NULL,
    iat_seq bigint[] NOT NULL,
    header_stacks text[] NOT NULL,
    ja4t text,
    ja4ts text,
    icmp_parent_community_id text
) PARTITION BY RANGE (ts);
COMMENT ON TABLE weir.flow_statistics IS 'headers, lengths, times and round trips of each flow that was measured; ts, sensor_id, boot, flow_id name the flow';
COMMENT ON COLUMN weir.flow_statistics.orig_ip_flags IS 'bits: 1 options corrupt, 2 out of order, 4 id rolled over, 8 fragment below minimum, 16 beyond 65,535, 32 MF, 64 DF, 128 reserved, 256 position error, 512 sequence error, 1024 IP checksum, 2048 L4 checksum, 4096 header length, 8192 UDP length, 16384 no time passed, 32768 time went back';
COMMENT ON COLUMN weir.flow_statistics.handshake_server_us IS 'SYN to SYN-ACK: the way to the responder and back';
COMMENT ON COLUMN weir.flow_statistics.handshake_client_us IS 'SYN-ACK to ACK: the way to the originator and back';
COMMENT ON COLUMN weir.flow_statistics.len_seq IS 'IP lengths of the first 16 packets; negative: from the responder';
COMMENT ON COLUMN weir.flow_statistics.iat_seq IS 'microseconds since the packet before, of the same packets';
COMMENT ON COLUMN weir.flow_statistics.active_pair_conns IS 'connections of these two hosts that were open when this one ended, itself included';

CREATE INDEX flow_statistics_ts ON weir.flow_statistics USING brin (ts);

-- A day has a partition in each of these tables, made, detached and dropped together.
CREATE FUNCTION weir.tables_by_day() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$ SELECT ARRAY['flow', 'flow_statistics'] $$;
COMMENT ON FUNCTION weir.tables_by_day IS 'the tables that are partitioned by day';

CREATE OR REPLACE FUNCTION weir.make_flow_partition(day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, weir, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '2s'
AS $$
DECLARE
    parent text;
    part text;
    answer text := 'exists';
BEGIN
    IF day < DATE '1990-01-01' OR day > current_date + 8 THEN
        RETURN 'beyond';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('weir.flow'));
    IF EXISTS (SELECT FROM retired_day r WHERE r.day = make_flow_partition.day) THEN
        RETURN 'retired';
    END IF;
    FOREACH parent IN ARRAY tables_by_day()
    LOOP
        part := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
        CONTINUE WHEN to_regclass('weir.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE weir.%I (LIKE weir.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       part, parent);
        -- ATTACH lets readers and writers of the other days go on, PARTITION OF would not.
        EXECUTE format('ALTER TABLE weir.%I ATTACH PARTITION weir.%I FOR VALUES FROM (%L) TO (%L)',
                       parent, part, day::timestamptz, (day + 1)::timestamptz);
        answer := 'made';
    END LOOP;
    RETURN answer;
END $$;
COMMENT ON FUNCTION weir.make_flow_partition IS 'makes the partitions of a day; made, exists, retired or beyond';

CREATE OR REPLACE FUNCTION weir.retire_flow_day(day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, weir, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    parent text;
    part text;
    answer text := 'none';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('weir.flow'));
    INSERT INTO retired_day (day) VALUES (retire_flow_day.day) ON CONFLICT DO NOTHING;
    FOREACH parent IN ARRAY tables_by_day()
    LOOP
        part := format('%s_%s', parent, to_char(day, 'YYYYMMDD'));
        CONTINUE WHEN NOT EXISTS (SELECT FROM pg_inherits
                                   WHERE inhrelid = to_regclass('weir.' || part));
        EXECUTE format('ALTER TABLE weir.%I DETACH PARTITION weir.%I', parent, part);
        answer := 'detached';
    END LOOP;
    RETURN answer;
END $$;
COMMENT ON FUNCTION weir.retire_flow_day IS 'first step of retention: detaches a day; its tables stay until drop_retired_day';

CREATE OR REPLACE FUNCTION weir.drop_retired_day(day date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, weir, pg_temp
SET lock_timeout = '2s'
AS $$
DECLARE
    parent text;
BEGIN
    UPDATE retired_day r SET dropped_at = now()
     WHERE r.day = drop_retired_day.day AND r.dropped_at IS NULL;
    IF NOT FOUND THEN
        RETURN 'not retired';
    END IF;
    FOREACH parent IN ARRAY tables_by_day()
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS weir.%I',
                       format('%s_%s', parent, to_char(day, 'YYYYMMDD')));
    END LOOP;
    RETURN 'dropped';
END $$;
COMMENT ON FUNCTION weir.drop_retired_day IS 'second step of retention: drops the tables of a retired day';

-- Days that are there already.
SELECT weir.make_flow_partition(to_date(right(c.relname, 8), 'YYYYMMDD'))
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = 'weir.flow'::regclass;

CREATE OR REPLACE VIEW weir.conn AS
SELECT f.ts,
    s.name || '/' || encode(substr(uuid_send(f.boot), 1, 4), 'hex') || '/' || f.flow_id AS uid,
    f.orig_h, f.orig_p, f.resp_h, f.resp_p,
    weir.proto_name(f.proto) AS proto,
    weir.service_name(f.service) AS service,
    make_interval(secs => f.duration_us / 1e6) AS duration,
    f.orig_bytes, f.resp_bytes,
    weir.conn_state_name(f.conn_state) AS conn_state,
    CASE WHEN cardinality(b.prefixes) > 0 THEN f.orig_h <<= ANY (b.prefixes::inet[]) END AS local_orig,
    CASE WHEN cardinality(b.prefixes) > 0 THEN f.resp_h <<= ANY (b.prefixes::inet[]) END AS local_resp,
    f.missed_bytes, f.history, f.orig_pkts, f.orig_ip_bytes, f.resp_pkts, f.resp_ip_bytes,
    f.proto AS ip_proto, f.community_id, f.vlan, f.inner_vlan,
    f.orig_l2 AS orig_l2_addr, f.resp_l2 AS resp_l2_addr,
    f.sensor_score, f.sensor_flagged, f.fleet_score, f.fleet_flagged,
    f.stream, s.name AS sensor, s.branch, f.sensor_id, f.boot, f.flow_id,
    weir.app_name(f.app) AS app, f.encrypted_guess, weir.tunnel_name(f.tunnel) AS tunnel,
    f.tunnel_id, weir.detail_name(f.detail) AS detail,
    weir.seed_tcp_anomaly(f.tcp_anomaly) AS seed_tcp_anomaly, f.measured
FROM weir.flow f
LEFT JOIN weir.sensor s ON s.id = f.sensor_id
LEFT JOIN weir.branch b ON b.name = s.branch;
COMMENT ON COLUMN weir.conn.measured IS 'it has statistics; null: stored before this was told';
COMMENT ON COLUMN weir.conn.app IS 'application recognised by its bytes, whatever the port';

CREATE FUNCTION weir.per_second(count bigint, duration_us bigint) RETURNS real
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN duration_us > 0
    THEN (count::double precision * 1000000 / duration_us)::real ELSE 0 END $$;
COMMENT ON FUNCTION weir.per_second IS 'a count as a rate; 0 without duration';

CREATE FUNCTION weir.asymmetry(orig bigint, resp bigint) RETURNS real
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN orig + resp > 0
    THEN ((orig - resp)::double precision / (orig + resp))::real ELSE 0 END $$;
COMMENT ON FUNCTION weir.asymmetry IS '(orig - resp) / (orig + resp), -1 to 1; 0 when both are 0';

CREATE VIEW weir.statistics AS
SELECT s.*,
    weir.per_second(f.orig_pkts, f.duration_us) AS orig_pkt_rate,
    weir.per_second(f.resp_pkts, f.duration_us) AS resp_pkt_rate,
    weir.per_second(f.orig_ip_bytes, f.duration_us) AS orig_byte_rate,
    weir.per_second(f.resp_ip_bytes, f.duration_us) AS resp_byte_rate,
    weir.asymmetry(f.orig_pkts, f.resp_pkts) AS pkt_asym,
    weir.asymmetry(f.orig_ip_bytes, f.resp_ip_bytes) AS byte_asym
FROM weir.flow_statistics s
JOIN weir.flow f USING (ts, sensor_id, boot, flow_id);
COMMENT ON VIEW weir.statistics IS 'headers, lengths, times and round trips of each measured flow; join conn by ts, sensor_id, boot, flow_id';

GRANT SELECT, INSERT ON weir.flow_statistics TO weir_ingest;
GRANT SELECT ON weir.flow_statistics TO weir_trainer, weir_console, weir_admin;
GRANT SELECT ON weir.statistics TO weir_analyst, weir_console, weir_admin;
