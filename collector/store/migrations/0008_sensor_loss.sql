-- What each sensor lost in each minute, and the proof that nothing is missing.
SET LOCAL ROLE weir_owner;

-- Counters are 64-bit totals since the start of a boot; `before` is null for the first report of one.
CREATE FUNCTION weir.counted(counters jsonb, before jsonb, name text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN before IS NULL THEN (counters ->> name)::numeric
            WHEN (counters ->> name)::numeric >= (before ->> name)::numeric
            THEN (counters ->> name)::numeric - (before ->> name)::numeric
            ELSE (counters ->> name)::numeric - (before ->> name)::numeric + 18446744073709551616
       END $$;
COMMENT ON FUNCTION weir.counted IS 'what a counter grew by between two reports of a boot; null when the platform could not tell';

CREATE FUNCTION weir.counted_all(counters jsonb, before jsonb, VARIADIC names text[]) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT sum(weir.counted(counters, before, name)) FROM unnest(names) name $$;
COMMENT ON FUNCTION weir.counted_all IS 'the sum of counted() over these counters; those that are unknown are left out';

CREATE VIEW weir.sensor_loss AS
SELECT c.*,
    c.seen - coalesce(c.dropped, 0) - coalesce(c.filtered, 0) - c.decoded - c.undecodable
        - c.waiting AS unaccounted,
    c.flows_created - c.flows_final - c.flows_opened AS flows_unaccounted
FROM (
    SELECT p.minute, s.name AS sensor, s.branch,
        weir.counted(p.counters, p.before, 'packets_seen') AS seen,
        weir.counted(p.counters, p.before, 'packets_dropped_kernel') AS dropped,
        weir.counted(p.counters, p.before, 'packets_filtered') AS filtered,
        weir.counted(p.counters, p.before, 'packets_decoded') AS decoded,
        weir.counted_all(p.counters, p.before, 'packets_arp', 'packets_not_ip',
            'packets_truncated_header', 'packets_bad_version', 'packets_bad_length',
            'packets_too_deep', 'packets_protected', 'packets_unsupported_link') AS undecodable,
        (p.counters ->> 'packets_waiting')::numeric
            - coalesce((p.before ->> 'packets_waiting')::numeric, 0) AS waiting,
        weir.counted(p.counters, p.before, 'interface_rx_dropped') AS interface_dropped,
        weir.counted(p.counters, p.before, 'interface_rx_missed_errors') AS interface_missed,
        weir.counted(p.counters, p.before, 'interface_rx_fifo_errors') AS interface_fifo,
        weir.counted(p.counters, p.before, 'interface_rx_errors') AS interface_errors,
        weir.counted(p.counters, p.before, 'flows_created') AS flows_created,
        weir.counted(p.counters, p.before, 'flows_final') AS flows_final,
        (p.counters ->> 'flows_open')::numeric
            - coalesce((p.before ->> 'flows_open')::numeric, 0) AS flows_opened,
        weir.counted_all(p.counters, p.before, 'spool_dropped_records', 'ring_dropped_records')
            AS records_dropped,
        (p.counters ->> 'overload_level')::integer AS overload_level,
        p.clock_offset_us, p.sensor_id, p.boot
    FROM (SELECT st.*, lag(st.counters) OVER (PARTITION BY st.sensor_id, st.boot
                                              ORDER BY st.minute) AS before
            FROM weir.sensor_status st) p
    LEFT JOIN weir.sensor s ON s.id = p.sensor_id) c;
COMMENT ON VIEW weir.sensor_loss IS 'what each sensor counted in each minute: every packet and every flow is in one column; null = the platform cannot tell';
COMMENT ON COLUMN weir.sensor_loss.seen IS 'packets that reached the sensor''s socket, dropped ones included';
COMMENT ON COLUMN weir.sensor_loss.dropped IS 'of seen: lost because the ring was full';
COMMENT ON COLUMN weir.sensor_loss.filtered IS 'of seen: refused by the filter; null: the kernel does not count them';
COMMENT ON COLUMN weir.sensor_loss.undecodable IS 'of seen: not metered, whatever the reason (ARP, no IP, damaged, ...)';
COMMENT ON COLUMN weir.sensor_loss.waiting IS 'of seen: how many more wait in the ring than a minute ago; negative: fewer';
COMMENT ON COLUMN weir.sensor_loss.unaccounted IS 'seen - dropped - filtered - decoded - undecodable - waiting: anything but 0 is a fault of weir';
COMMENT ON COLUMN weir.sensor_loss.interface_dropped IS 'lost by card or driver before the socket, beside seen; likewise the next three';
COMMENT ON COLUMN weir.sensor_loss.flows_opened IS 'how many more flows are open than a minute ago; negative: fewer';
COMMENT ON COLUMN weir.sensor_loss.flows_unaccounted IS 'flows_created - flows_final - flows_opened: 0';
COMMENT ON COLUMN weir.sensor_loss.records_dropped IS 'given up by the spool''s policy, or on their way to it';
COMMENT ON COLUMN weir.sensor_loss.overload_level IS 'what the sensor could afford at the end of the minute: 0 everything to 3 counters alone';

GRANT SELECT ON weir.sensor_loss TO weir_analyst, weir_console, weir_admin;
