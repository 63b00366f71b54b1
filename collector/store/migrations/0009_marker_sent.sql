-- When a marker was sent, the next one tells: the newest one never knows it of itself.
SET LOCAL ROLE weir_owner;

CREATE OR REPLACE VIEW weir.pipeline_liveness AS
SELECT s.name AS sensor, s.branch, m.number, m.injected_at, m.stored_at,
    now() - m.stored_at AS silent_for,
    m.batch_closed_at - m.injected_at AS in_batch,
    m.spooled_at - m.batch_closed_at AS to_spool,
    t.sent_at - t.spooled_at AS in_spool,
    m.received_at - coalesce(m.sent_at, m.spooled_at) AS to_collector,
    m.released_at - m.received_at AS in_order,
    m.stored_at - m.released_at AS to_row,
    m.stored_at - m.injected_at AS whole_way,
    m.sensor_id, m.boot
FROM weir.sensor s
LEFT JOIN LATERAL (SELECT x.* FROM weir.marker x WHERE x.sensor_id = s.id
                    ORDER BY x.injected_at DESC LIMIT 1) m ON true
LEFT JOIN weir.marker t ON t.sensor_id = m.sensor_id AND t.boot = m.boot
    AND t.number = m.number - 1
WHERE NOT s.revoked;
COMMENT ON COLUMN weir.pipeline_liveness.in_spool IS 'of the marker before; null for the first one of a boot';
