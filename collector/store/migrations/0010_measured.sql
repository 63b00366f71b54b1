-- Whether a flow has statistics: nobody has to guess it from a row that is not there.
SET LOCAL ROLE weir_owner;

DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['flow', 'flow_open', 'flow_late', 'flagged_flow']
    LOOP
        EXECUTE format('ALTER TABLE weir.%I ADD COLUMN measured boolean', part);
    END LOOP;
END $$;
COMMENT ON COLUMN weir.flow.measured IS 'it has a row in flow_statistics; false: the sensor stepped down, or its pool of statistics was empty; null: stored before this was told';
COMMENT ON COLUMN weir.flow.encrypted_guess IS 'no known application, and both directions look like noise; false also when nobody looked: detail above 0, or not measured';

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
