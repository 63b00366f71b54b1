-- What an analyst sees after the demo, as the role that analysts have. Every figure is counted from
-- the stored rows of one stream: psql -X -q -v stream=fresh -f report.sql
\set ON_ERROR_STOP on
\pset footer off
\pset linestyle ascii
\pset border 1
\pset null '-'
SET ROLE weir_analyst;
SET search_path = weir, pg_catalog;
SET client_min_messages = warning;

-- Who is who in the generated traffic (deploy/demo/traffic/*.c): for the reader, nobody is judged by it.
CREATE TEMP TABLE cast_list (net inet, who text);
INSERT INTO cast_list VALUES
    ('192.0.2.66', 'port scanner'), ('192.0.2.77', 'password guesser'),
    ('192.0.2.88', 'ping sweeper'), ('100.64.0.0/10', 'spoofed source'),
    ('203.0.113.161', 'monitoring'), ('203.0.113.170', 'backup store'),
    ('203.0.113.53', 'resolver'), ('203.0.113.25', 'mail server'), ('203.0.113.123', 'clock'),
    ('203.0.113.21', 'file server'), ('203.0.113.42', 'partner'), ('198.51.100.0/24', 'web site'),
    ('198.18.0.0/15', 'visitor'), ('10.1.0.2', 'branch 1 server'), ('10.2.0.2', 'branch 2 server'),
    ('10.3.0.2', 'branch 3 server'), ('10.0.0.0/8', 'client'), ('2001:db8::a00:0/104', 'client'),
    ('2001:db8::/32', 'outside, IPv6');
CREATE FUNCTION pg_temp.who(host inet) RETURNS text LANGUAGE sql STABLE AS $$
SELECT who FROM cast_list WHERE host <<= net ORDER BY masklen(net) DESC LIMIT 1 $$;

CREATE TEMP TABLE judged AS
SELECT c.ts, c.sensor, c.branch, c.orig_h, c.resp_h, c.resp_p, c.proto, c.service, c.app, c.conn_state,
    c.orig_bytes, c.resp_bytes, c.sensor_score::float8, c.sensor_flagged, c.fleet_score::float8,
    c.fleet_flagged, l.label, l.attack,
    pg_temp.who(c.orig_h) AS orig_who, pg_temp.who(c.resp_h) AS resp_who
FROM conn c LEFT JOIN flow_label l USING (ts, sensor_id, boot, flow_id)
WHERE c.stream = :'stream';
ANALYZE judged;

\echo 'Flows per sensor'
SELECT j.sensor, j.branch, count(*) AS flows,
    round(sum(j.orig_bytes + j.resp_bytes) / 1e6, 1) AS "MB",
    h.model_version AS model, count(j.sensor_score) AS "scored: sensor",
    count(j.fleet_score) AS fleet, count(*) FILTER (WHERE j.sensor_flagged) AS "flagged: sensor",
    count(*) FILTER (WHERE j.fleet_flagged) AS fleet
FROM judged j JOIN sensor_health h USING (sensor) GROUP BY j.sensor, j.branch, h.model_version ORDER BY 1;

\echo 'Applications, recognised by their bytes, whatever the port (column app of weir.conn)'
SELECT app, count(*) AS flows, round(sum(orig_bytes + resp_bytes) / 1e6, 2) AS "MB",
    count(DISTINCT orig_h) AS clients, count(DISTINCT resp_h) AS servers,
    string_agg(DISTINCT service, ', ' ORDER BY service)
        FILTER (WHERE app NOT IN ('none', 'unknown')) AS "services by port",
    count(*) FILTER (WHERE sensor_flagged) AS flagged
FROM judged GROUP BY app ORDER BY flows DESC LIMIT 8;

\echo 'Top talkers of the last ten minutes of traffic (weir.top_talkers)'
SELECT host, pg_temp.who(host) AS who, round(bytes / 1e6, 2) AS "MB sent", packets, flows
FROM top_talkers('10 minutes', 6);

\echo 'Bytes received per destination (weir.bytes_by_destination)'
SELECT host, pg_temp.who(host) AS who, round(bytes_received / 1e6, 2) AS "MB", flows,
    repeat('#', ceil(40.0 * bytes_received / max(bytes_received) OVER ())::int) AS share
FROM bytes_by_destination WHERE stream = :'stream' ORDER BY bytes_received DESC LIMIT 6;

\echo 'Bytes sent per source (weir.bytes_by_source)'
SELECT host, pg_temp.who(host) AS who, round(bytes_sent / 1e6, 2) AS "MB", flows,
    repeat('#', ceil(40.0 * bytes_sent / max(bytes_sent) OVER ())::int) AS share
FROM bytes_by_source WHERE stream = :'stream' ORDER BY bytes_sent DESC LIMIT 6;

\echo 'Flagged flows with both scores, highest first (three at most of each kind of source and service)'
SELECT to_char(ts, 'HH24:MI:SS') AS time, orig_h, resp_h, resp_p AS port, service,
    conn_state AS state, round(sensor_score::numeric, 3) AS sensor,
    round(fleet_score::numeric, 3) AS fleet, label AS truth
FROM (SELECT *, row_number() OVER (PARTITION BY orig_who, service
                                   ORDER BY greatest(sensor_score, fleet_score) DESC, ts) AS place
      FROM judged WHERE sensor_flagged OR fleet_flagged) f
WHERE place <= 3 ORDER BY greatest(sensor_score, fleet_score) DESC, ts LIMIT 15;

\echo 'Flagged flows that their sensors sent at once, ahead of their batch (weir.flagged_now)'
SELECT sensor, count(*) AS flagged, count(n.flow_id) AS "sent at once",
    count(*) FILTER (WHERE n.flow_id IS NOT NULL AND c.flow_id IS NOT NULL) AS "of these stored since",
    to_char(min(n.received_at) AT TIME ZONE 'UTC', 'HH24:MI:SS') AS "first came"
FROM (SELECT * FROM conn WHERE stream = :'stream' AND sensor_flagged) c
FULL JOIN (SELECT * FROM flagged_now WHERE stream = :'stream') n
    USING (sensor, sensor_id, boot, flow_id) GROUP BY 1 ORDER BY 1;

\echo 'Detection rate of each attack, and what normal flows were flagged (truth: the generator''s labels)'
SELECT coalesce(label, 'no label') AS truth, count(*) AS flows,
    count(*) FILTER (WHERE sensor_flagged) AS "sensor flags",
    round(100.0 * count(*) FILTER (WHERE sensor_flagged)
          / nullif(count(sensor_score), 0), 2) AS "sensor %",
    count(*) FILTER (WHERE fleet_flagged) AS "fleet flags",
    round(100.0 * count(*) FILTER (WHERE fleet_flagged)
          / nullif(count(fleet_score), 0), 2) AS "fleet %",
    CASE WHEN attack AND NOT EXISTS (SELECT FROM flow_label t WHERE t.stream = 'train'
                                     AND t.label = j.label) THEN 'detected; not in training'
         WHEN attack THEN 'detected'
         ELSE 'false positives' END AS "% is the rate of"
FROM judged j GROUP BY label, attack ORDER BY attack, label;

\echo 'Mistakes: attacks that were missed'
SELECT label AS truth, model, service, conn_state AS state, count(*) AS missed,
    round(avg(score)::numeric, 3) AS "mean score", round(max(score)::numeric, 3) AS highest
FROM (SELECT label, service, conn_state, 'sensor' AS model, sensor_score AS score FROM judged
       WHERE attack AND NOT sensor_flagged
      UNION ALL
      SELECT label, service, conn_state, 'fleet', fleet_score FROM judged
       WHERE attack AND NOT fleet_flagged) m
GROUP BY 1, 2, 3, 4 ORDER BY missed DESC, 1, 2, 3 LIMIT 12;

\echo 'Mistakes: normal flows that were flagged, by which model, of how many like them'
SELECT coalesce(orig_who, host(orig_net)) || ' -> ' || coalesce(resp_who, '?') AS who, service,
    port, conn_state AS state, count(*) FILTER (WHERE sensor_flagged) AS sensor,
    count(*) FILTER (WHERE fleet_flagged) AS fleet, "of",
    to_char(avg(sensor_score), '0.000,') || to_char(avg(fleet_score), '0.000') AS "mean scores"
FROM (SELECT *, count(*) OVER (PARTITION BY orig_who, resp_who, service, conn_state) AS "of",
          CASE WHEN service = 'private' THEN 'any' ELSE resp_p::text END AS port,
          network(set_masklen(orig_h, 24)) AS orig_net
      FROM judged WHERE NOT attack) f
WHERE sensor_flagged OR fleet_flagged
GROUP BY 1, 2, 3, 4, "of" ORDER BY count(*) DESC, 1, 2, 3 LIMIT 12;

SELECT count(*) > 0 AS has_events FROM layer2 \gset
\if :has_events
\echo 'Below IP (weir.layer2)'
SELECT to_char(first_ts, 'HH24:MI:SS') AS time, sensor, rule, severity, mac, address, count
FROM layer2 ORDER BY first_ts LIMIT 8;
\endif

SELECT count(*) > 0 AS has_markers FROM pipeline_liveness WHERE number IS NOT NULL \gset
\if :has_markers
\echo 'Age of a live sensor''s newest marker after each stage, in ms (weir.pipeline_liveness)'
SELECT sensor, number AS "no.", round(1e3 * extract(epoch FROM in_batch), 1) AS "in batch",
    round(1e3 * extract(epoch FROM to_spool), 1) AS "to spool",
    round(1e3 * extract(epoch FROM in_spool), 1) AS "in spool",
    round(1e3 * extract(epoch FROM to_collector), 1) AS "to collector",
    round(1e3 * extract(epoch FROM in_order), 1) AS "in order",
    round(1e3 * extract(epoch FROM to_row), 1) AS "to row",
    round(1e3 * extract(epoch FROM whole_way), 1) AS "whole way"
FROM pipeline_liveness WHERE number IS NOT NULL ORDER BY 1;
\endif

\echo 'What the sensors counted (weir.sensor_loss): every packet is in one column, unaccounted must be 0'
SELECT sensor, sum(seen) AS seen, sum(dropped) AS dropped, sum(filtered) AS filtered,
    sum(decoded) AS decoded, sum(undecodable) AS undecodable, sum(unaccounted) AS unaccounted,
    sum(flows_created) AS flows, sum(records_dropped) AS lost
FROM sensor_loss GROUP BY 1 ORDER BY 1;

\echo 'Generated traffic is cleaner than any network: these figures show that the loop works and which'
\echo 'mistakes to expect, not what weir would find at your place.'
