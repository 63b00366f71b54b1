-- What a restart of the collector must know beside the ledger, and the ends that nobody saw.
SET LOCAL ROLE weir_owner;

CREATE TABLE weir.sensor_session (
    sensor_id integer NOT NULL,
    stream text NOT NULL,
    boot uuid NOT NULL,
    joined_at timestamptz NOT NULL,
    clock_offset_us bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (sensor_id, stream)
);
COMMENT ON TABLE weir.sensor_session IS 'the last session of each sensor in each stream: whom the collector waits for after a restart, though nothing of it is stored yet';
COMMENT ON COLUMN weir.sensor_session.boot IS 'the oldest boot whose batches were still to come when it joined';
COMMENT ON COLUMN weir.sensor_session.clock_offset_us IS 'correction of its clock in force; positive = its clock is ahead; 0 = none';

GRANT SELECT, INSERT, UPDATE ON weir.sensor_session TO weir_ingest;
GRANT SELECT ON weir.sensor_session TO weir_console, weir_admin;

-- Two boots of a sensor may be committed in one transaction; which one is newer must still show.
ALTER TABLE weir.ledger_position ALTER COLUMN committed_at SET DEFAULT clock_timestamp();

COMMENT ON COLUMN weir.flow.flow_status IS '64 bits; 42 evicted, 45 cut by snap length, 61 lost_end (its sensor began anew before the flow ended; the row is its last START or INTERIM, end_reason 4), 62 interim';
