-- What analysts see. Numbers become the words people know here, so that COPY stays fast.
SET LOCAL ROLE weir_owner;

CREATE FUNCTION weir.service_name(service integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (ARRAY[
        'aol', 'auth', 'bgp', 'courier', 'csnet_ns', 'ctf', 'daytime', 'discard', 'domain',
        'domain_u', 'echo', 'eco_i', 'ecr_i', 'efs', 'exec', 'finger', 'ftp', 'ftp_data',
        'gopher', 'harvest', 'hostnames', 'http', 'http_2784', 'http_443', 'http_8001',
        'imap4', 'IRC', 'iso_tsap', 'klogin', 'kshell', 'ldap', 'link', 'login', 'mtp',
        'name', 'netbios_dgm', 'netbios_ns', 'netbios_ssn', 'netstat', 'nnsp', 'nntp',
        'ntp_u', 'other', 'pm_dump', 'pop_2', 'pop_3', 'printer', 'private', 'red_i',
        'remote_job', 'rje', 'shell', 'smtp', 'sql_net', 'ssh', 'sunrpc', 'supdup', 'systat',
        'telnet', 'tftp_u', 'tim_i', 'time', 'urh_i', 'urp_i', 'uucp', 'uucp_path', 'vmnet',
        'whois', 'X11', 'Z39_50'
    ])[service + 1] $$;
COMMENT ON FUNCTION weir.service_name IS 'NSL-KDD''s word of a service number';

CREATE FUNCTION weir.conn_state_name(state integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (ARRAY['OPEN', 'SF', 'S0', 'S1', 'S2', 'S3', 'REJ', 'RSTO', 'RSTR', 'RSTOS0', 'RSTRH', 'SH',
              'SHR', 'OTH'])[state + 1] $$;
COMMENT ON FUNCTION weir.conn_state_name IS 'Zeek''s word of a connection state';

CREATE FUNCTION weir.flag_name(flag integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (ARRAY['OPEN', 'SF', 'S0', 'REJ', 'RSTR', 'RSTO', 'SH', 'S1', 'S2', 'RSTOS0', 'S3',
              'OTH'])[flag + 1] $$;
COMMENT ON FUNCTION weir.flag_name IS 'KDD''s word of a connection flag';

CREATE FUNCTION weir.proto_name(proto integer) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE proto WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 1 THEN 'icmp' WHEN 58 THEN 'icmp'
       ELSE 'unknown_transport' END $$;
COMMENT ON FUNCTION weir.proto_name IS 'Zeek''s word of an IP protocol';

-- The quotient of two float4, rounded to two decimals as printf does: half to even on the exact
-- value. A float4 times 100 is exact in float8, and round(float8) is half to even.
CREATE FUNCTION weir.kdd_rate(numerator integer, denominator integer) RETURNS real
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (round((numerator::real / denominator::real)::float8 * 100) / 100)::real $$;
COMMENT ON FUNCTION weir.kdd_rate IS 'a KDD rate: numerator / denominator in two decimals';

CREATE VIEW weir.conn AS
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
    f.stream, s.name AS sensor, s.branch, f.sensor_id, f.boot, f.flow_id
FROM weir.flow f
LEFT JOIN weir.sensor s ON s.id = f.sensor_id
LEFT JOIN weir.branch b ON b.name = s.branch;
COMMENT ON VIEW weir.conn IS 'finished connections in the words of Zeek''s conn.log, then scores and origin';
COMMENT ON COLUMN weir.conn.uid IS 'sensor / start of boot id / flow id';
COMMENT ON COLUMN weir.conn.service IS 'NSL-KDD label of the port (Zeek''s service is the recognised protocol)';

CREATE VIEW weir.kdd AS
SELECT
    CASE WHEN f.proto IN (1, 58) OR f.flag IN (2, 7, 6, 11) THEN 0
         ELSE f.duration_us / 1000000 END AS duration,
    weir.proto_name(f.proto) AS protocol_type,
    weir.service_name(f.service) AS service,
    weir.flag_name(f.flag) AS flag,
    CASE WHEN f.proto IN (1, 58)
         THEN coalesce(f.icmp_orig_bytes / nullif(f.icmp_orig_messages, 0), 0)
         ELSE f.orig_bytes END AS src_bytes,
    CASE WHEN f.proto IN (1, 58) THEN 0 ELSE f.resp_bytes END AS dst_bytes,
    f.land::integer AS land, f.wrong_fragment, f.urgent, f.hot, f.num_failed_logins, f.logged_in,
    f.num_compromised, f.root_shell, f.su_attempted, f.num_root, f.num_file_creations, f.num_shells,
    f.num_access_files, 0::smallint AS num_outbound_cmds, f.is_host_login, f.is_guest_login,
    f.count, f.srv_count,
    weir.kdd_rate(f.serror, f.count) AS serror_rate,
    weir.kdd_rate(f.srv_serror, f.srv_count) AS srv_serror_rate,
    weir.kdd_rate(f.rerror, f.count) AS rerror_rate,
    weir.kdd_rate(f.srv_rerror, f.srv_count) AS srv_rerror_rate,
    weir.kdd_rate(f.same_srv, f.count) AS same_srv_rate,
    weir.kdd_rate(f.diff_srv, f.count) AS diff_srv_rate,
    weir.kdd_rate(f.srv_diff_host, f.srv_count) AS srv_diff_host_rate,
    f.dst_host_count, f.dst_host_srv_count,
    weir.kdd_rate(f.dst_host_same_srv, f.dst_host_count) AS dst_host_same_srv_rate,
    weir.kdd_rate(f.dst_host_diff_srv, f.dst_host_count) AS dst_host_diff_srv_rate,
    weir.kdd_rate(f.dst_host_same_src_port, f.dst_host_count) AS dst_host_same_src_port_rate,
    weir.kdd_rate(f.dst_host_srv_diff_host, f.dst_host_srv_count) AS dst_host_srv_diff_host_rate,
    weir.kdd_rate(f.dst_host_serror, f.dst_host_count) AS dst_host_serror_rate,
    weir.kdd_rate(f.dst_host_srv_serror, f.dst_host_srv_count) AS dst_host_srv_serror_rate,
    weir.kdd_rate(f.dst_host_rerror, f.dst_host_count) AS dst_host_rerror_rate,
    weir.kdd_rate(f.dst_host_srv_rerror, f.dst_host_srv_count) AS dst_host_srv_rerror_rate,
    f.ts, f.stream, f.orig_h, f.orig_p, f.resp_h, f.resp_p, f.sensor_id, f.boot, f.flow_id
FROM weir.flow f
WHERE f.has_vector AND f.count IS NOT NULL;
COMMENT ON VIEW weir.kdd IS 'the 41 NSL-KDD columns in order over the fleet''s windows, then what names the flow';

CREATE VIEW weir.flow_label AS
SELECT f.ts, f.stream, f.sensor_id, f.boot, f.flow_id, l.label, l.label <> 'normal' AS attack,
    l.who, l.at, l.why
FROM weir.flow f CROSS JOIN LATERAL (
    SELECT x.* FROM (
        (SELECT l.label, l.who, l.at, l.why, 0 AS rank, l.id FROM weir.label l
          WHERE l.flow_id = f.flow_id AND l.boot = f.boot AND l.sensor_id = f.sensor_id
            AND l.retracted_at IS NULL
          ORDER BY l.id DESC LIMIT 1)
        UNION ALL
        (SELECT l.label, l.who, l.at, l.why, 1, l.id FROM weir.label l
          WHERE l.flow_id IS NULL AND l.retracted_at IS NULL
            AND (l.ts_from IS NULL OR l.ts_from <= f.ts) AND (l.ts_to IS NULL OR f.ts < l.ts_to)
            AND (l.orig IS NULL OR f.orig_h <<= l.orig) AND (l.resp IS NULL OR f.resp_h <<= l.resp)
            AND (l.resp_p IS NULL OR l.resp_p = f.resp_p) AND (l.proto IS NULL OR l.proto = f.proto)
            AND (l.stream IS NULL OR l.stream = f.stream)
          ORDER BY l.id DESC LIMIT 1)) x
    ORDER BY x.rank LIMIT 1) l;
COMMENT ON VIEW weir.flow_label IS 'the label that holds for each labelled flow: its own before a pattern''s, the last given first';

CREATE VIEW weir.model_active AS
SELECT DISTINCT ON (a.target) a.target, a.version, m.name, m.kind, m.schema_name, m.threshold,
    a.at, a.who
FROM weir.model_activation a LEFT JOIN weir.model m USING (version)
ORDER BY a.target, a.id DESC;
COMMENT ON VIEW weir.model_active IS 'which model scores where now';

CREATE VIEW weir.sensor_health AS
SELECT s.name AS sensor, s.branch, s.revoked, s.last_seen, now() - s.last_seen AS silent_for,
    s.model_version, s.model_refusal, st.clock_offset_us, st.counters, p.stream,
    p.sequence AS last_sequence,
    CASE WHEN p.low_us BETWEEN 0 AND 4102444800000000
         THEN to_timestamp(0) + make_interval(secs => p.low_us / 1000000) END AS complete_until,
    p.low_us = 9223372036854775807 AS stream_ended, s.id AS sensor_id
FROM weir.sensor s
LEFT JOIN LATERAL (SELECT x.clock_offset_us, x.counters FROM weir.sensor_status x
                    WHERE x.sensor_id = s.id ORDER BY x.minute DESC LIMIT 1) st ON true
LEFT JOIN LATERAL (SELECT x.stream, x.sequence, x.low_us FROM weir.ledger_position x
                    WHERE x.sensor_id = s.id ORDER BY x.committed_at DESC LIMIT 1) p ON true;
COMMENT ON VIEW weir.sensor_health IS 'each sensor: when it was heard, how far its flows are stored, what it counted';

CREATE VIEW weir.bytes_by_source AS
SELECT f.stream, f.orig_h AS host, sum(f.orig_bytes)::bigint AS bytes_sent, count(*) AS flows
FROM weir.flow f GROUP BY f.stream, f.orig_h;
COMMENT ON VIEW weir.bytes_by_source IS 'payload bytes each originator sent';

CREATE VIEW weir.bytes_by_destination AS
SELECT f.stream, f.resp_h AS host, sum(f.orig_bytes)::bigint AS bytes_received, count(*) AS flows
FROM weir.flow f GROUP BY f.stream, f.resp_h;
COMMENT ON VIEW weir.bytes_by_destination IS 'payload bytes each responder received';

CREATE FUNCTION weir.top_talkers(span interval, k integer)
RETURNS TABLE (host inet, bytes bigint, packets bigint, flows bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, weir, pg_temp AS $$
WITH newest AS (SELECT max(ts) AS ts FROM flow),
ends AS (
    SELECT f.orig_h AS host, f.orig_bytes AS bytes, f.orig_pkts AS packets
      FROM flow f, newest n WHERE f.ts > n.ts - span
    UNION ALL
    SELECT f.resp_h, f.resp_bytes, f.resp_pkts FROM flow f, newest n WHERE f.ts > n.ts - span)
SELECT e.host, sum(e.bytes)::bigint, sum(e.packets)::bigint, count(*)
  FROM ends e GROUP BY e.host ORDER BY 2 DESC, 1 LIMIT k $$;
COMMENT ON FUNCTION weir.top_talkers IS 'the k hosts that sent most payload in the last span before the newest flow';

REVOKE ALL ON FUNCTION weir.top_talkers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION weir.top_talkers TO weir_analyst, weir_console, weir_admin;
GRANT SELECT ON weir.conn, weir.kdd, weir.flow_label, weir.model_active, weir.sensor_health,
    weir.bytes_by_source, weir.bytes_by_destination TO weir_analyst, weir_console, weir_admin;
GRANT SELECT ON weir.flow_label, weir.kdd TO weir_trainer;
