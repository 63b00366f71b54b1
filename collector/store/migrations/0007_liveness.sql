-- What is visible before a flow is stored: stamps that travel through every stage, and flows that a
-- sensor's model flagged, sent ahead of their batch.
SET LOCAL ROLE weir_owner;

CREATE TABLE weir.marker (
    sensor_id integer NOT NULL,
    boot uuid NOT NULL,
    number bigint NOT NULL,
    injected_at timestamptz NOT NULL,
    packet_clock timestamptz,
    batch_closed_at timestamptz,
    spooled_at timestamptz,
    sent_at timestamptz,
    received_at timestamptz,
    released_at timestamptz,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (sensor_id, boot, number)
);
COMMENT ON TABLE weir.marker IS 'one stamp a minute of each sensor, with the time it passed each stage';
COMMENT ON COLUMN weir.marker.injected_at IS 'by the sensor''s clock, like packet_clock, batch_closed_at, spooled_at and sent_at';
COMMENT ON COLUMN weir.marker.sent_at IS 'its batch left for the first time, as a later marker told';
COMMENT ON COLUMN weir.marker.packet_clock IS 'latest packet time when it was injected';
COMMENT ON COLUMN weir.marker.received_at IS 'its batch came in; the collector''s clock from here on';
COMMENT ON COLUMN weir.marker.released_at IS 'every sensor had come as far, so its batch could be stored';
CREATE INDEX marker_stored ON weir.marker USING brin (stored_at);

-- When a marker was sent, the next one tells: the newest one never knows it of itself.
CREATE VIEW weir.pipeline_liveness AS
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
COMMENT ON VIEW weir.pipeline_liveness IS 'the newest marker of each sensor and how long each stage took; silent_for above a minute or two: something stands still';
COMMENT ON COLUMN weir.pipeline_liveness.in_spool IS 'of the marker before; null for the first one of a boot';
COMMENT ON COLUMN weir.pipeline_liveness.to_collector IS 'across the network, and in the spool while sent_at is not known; differs by the offset of the sensor''s clock';

CREATE TABLE weir.l2_event (
    sensor_id integer NOT NULL,
    boot uuid NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    vlan integer NOT NULL,
    mac macaddr NOT NULL,
    other_mac macaddr,
    address inet,
    asker inet,
    count bigint NOT NULL,
    revision integer NOT NULL,
    first_ts timestamptz NOT NULL,
    last_ts timestamptz NOT NULL,
    stream text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE weir.l2_event IS 'what sensors saw on layer 2: ARP, neighbour discovery, DHCP servers, new stations';
COMMENT ON COLUMN weir.l2_event.vlan IS 'outermost tag; 0 untagged';
COMMENT ON COLUMN weir.l2_event.other_mac IS 'the rival, or the sender the ARP packet names';
COMMENT ON COLUMN weir.l2_event.asker IS 'the other address of the packet';
COMMENT ON COLUMN weir.l2_event.count IS 'packets, or addresses or stations where the rule counts those';
COMMENT ON COLUMN weir.l2_event.revision IS 'the same event told again with a higher count: 0, 1, ...';
CREATE INDEX l2_event_first_ts ON weir.l2_event USING brin (first_ts);

CREATE VIEW weir.layer2 AS
SELECT DISTINCT ON (e.sensor_id, e.boot, e.rule, e.vlan, e.mac, e.address, e.first_ts)
    e.first_ts, e.last_ts, s.name AS sensor, s.branch, e.rule, e.severity, e.vlan, e.mac,
    e.other_mac, e.address, e.asker, e.count, e.stream, e.sensor_id, e.boot
FROM weir.l2_event e LEFT JOIN weir.sensor s ON s.id = e.sensor_id
ORDER BY e.sensor_id, e.boot, e.rule, e.vlan, e.mac, e.address, e.first_ts, e.revision DESC;
COMMENT ON VIEW weir.layer2 IS 'layer-2 events, the latest revision of each';

CREATE TABLE weir.flagged_flow (LIKE weir.flow INCLUDING COMMENTS,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp());
COMMENT ON TABLE weir.flagged_flow IS 'copies of flows that a sensor''s model flagged, stored at once; the flow itself follows in weir.flow with its batch';
CREATE INDEX flagged_flow_received ON weir.flagged_flow (received_at);

CREATE VIEW weir.flagged_now AS
SELECT DISTINCT ON (f.sensor_id, f.boot, f.flow_id)
    f.received_at, s.name AS sensor, s.branch, f.ts, f.orig_h, f.orig_p, f.resp_h, f.resp_p,
    weir.proto_name(f.proto) AS proto, weir.service_name(f.service) AS service,
    weir.app_name(f.app) AS app, weir.conn_state_name(f.conn_state) AS conn_state,
    f.orig_bytes, f.resp_bytes, f.sensor_model, f.sensor_score, f.stream,
    f.sensor_id, f.boot, f.flow_id
FROM weir.flagged_flow f LEFT JOIN weir.sensor s ON s.id = f.sensor_id
ORDER BY f.sensor_id, f.boot, f.flow_id, f.received_at DESC;
COMMENT ON VIEW weir.flagged_now IS 'flows the sensors'' models flagged in the last day, as soon as they said so';

GRANT SELECT, INSERT, UPDATE (sent_at) ON weir.marker TO weir_ingest;
GRANT SELECT, INSERT ON weir.l2_event TO weir_ingest;
GRANT SELECT, INSERT, DELETE ON weir.flagged_flow TO weir_ingest;
GRANT SELECT ON weir.marker, weir.l2_event, weir.flagged_flow TO weir_console, weir_admin;
GRANT SELECT ON weir.pipeline_liveness, weir.layer2, weir.flagged_now TO weir_analyst, weir_console, weir_admin;
