"""The store against a private cluster: the C test, migrations, roles and views."""
import os
import pathlib
import shutil
import subprocess

import pytest

from tests.support.postgres import Cluster, bin_folder

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev"))
ROOT = pathlib.Path(__file__).resolve().parents[2]
MIGRATIONS = ROOT / "collector" / "store" / "migrations"
VIEWS = ["conn", "statistics", "pipeline_liveness", "flagged_now", "layer2", "kdd",
         "flow_label", "model_active", "sensor_health", "sensor_loss",
         "bytes_by_source", "bytes_by_destination"]
TABLES = ["flow", "flow_statistics", "marker", "l2_event", "flagged_flow", "flow_open", "ledger",
          "sensor", "label", "model"]


def run_store(cluster, program, database, **environment):
    cluster.execute(f"DROP DATABASE IF EXISTS {database}")
    cluster.execute(f"CREATE DATABASE {database}")
    return subprocess.run(
        [BUILD / "tests" / program], capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "WEIR_TEST_CONNINFO": cluster.dsn(database=database), **environment})


@pytest.fixture(name="cluster", scope="module")
def cluster_fixture():
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(name="database", scope="module")
def database_fixture(cluster):
    """A database that the C tests have migrated and left some rows in."""
    for program in ("collector_store_registry_test", "collector_store_database_test"):
        done = run_store(cluster, program, "stored")
        assert done.returncode == 0, done.stdout + done.stderr
    return "stored"


def refused(cluster, role, sql, database):
    with pytest.raises(RuntimeError) as error:
        cluster.execute(f"SET ROLE {role}; {sql}", database=database)
    return str(error.value)


def test_the_store_keeps_its_promises(database):
    assert database == "stored"


def test_a_changed_migration_is_refused(cluster, tmp_path, database):
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    with open(folder / "0002_flows.sql", "a", encoding="utf-8") as file:
        file.write("-- changed\n")
    done = subprocess.run(
        [BUILD / "tests" / "collector_store_database_test"], capture_output=True, text=True,
        check=False, env={**os.environ, "WEIR_TEST_CONNINFO": cluster.dsn(database=database),
                          "WEIR_MIGRATIONS_DIR": str(folder)})
    assert "0002_flows.sql was changed after it was applied" in done.stdout + done.stderr


def test_a_database_newer_than_the_program_is_refused(cluster, tmp_path, database):
    folder = tmp_path / "migrations"
    folder.mkdir()
    for name in ("0001_roles.sql", "0002_flows.sql"):
        shutil.copy(MIGRATIONS / name, folder)
    done = subprocess.run(
        [BUILD / "tests" / "collector_store_database_test"], capture_output=True, text=True,
        check=False, env={**os.environ, "WEIR_TEST_CONNINFO": cluster.dsn(database=database),
                          "WEIR_MIGRATIONS_DIR": str(folder)})
    assert "the database is newer than this program" in done.stdout + done.stderr


def test_a_migration_that_fails_leaves_nothing(cluster, tmp_path):
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    with open(folder / "0002_flows.sql", "a", encoding="utf-8") as file:
        file.write("SELECT 1 / 0;\n")
    done = run_store(cluster, "collector_store_database_test", "broken",
                     WEIR_MIGRATIONS_DIR=str(folder))
    assert "0002_flows.sql: division by zero" in done.stdout + done.stderr
    assert cluster.execute("SELECT name FROM weir.schema_migration", database="broken") == [
        ["0001_roles.sql"]]
    assert cluster.execute("SELECT to_regclass('weir.flow') IS NULL", database="broken") == [["t"]]


def test_migrations_need_no_superuser(cluster):
    cluster.execute("CREATE ROLE operator LOGIN CREATEROLE CREATEDB")
    cluster.execute("CREATE DATABASE operated OWNER operator")
    cluster.execute("GRANT weir_owner TO operator WITH ADMIN OPTION")
    for file in sorted(MIGRATIONS.glob("*.sql")):
        cluster.execute(f"BEGIN; {file.read_text()} COMMIT;", user="operator", database="operated")


@pytest.mark.parametrize("sql", [
    "DROP TABLE weir.flow", "TRUNCATE weir.flow", "DELETE FROM weir.flow",
    "UPDATE weir.flow SET hot = 0", "DELETE FROM weir.ledger", "SELECT * FROM weir.label",
    "SELECT weir.retire_flow_day('2026-01-01')", "UPDATE weir.sensor SET revoked = false",
    "CREATE TABLE weir.x (a integer)"])
def test_ingest_takes_nothing_away(cluster, database, sql):
    assert "permission denied" in refused(cluster, "weir_ingest", sql, database) or \
        "must be owner" in refused(cluster, "weir_ingest", sql, database)


@pytest.mark.parametrize("table", TABLES)
def test_an_analyst_reads_no_table(cluster, database, table):
    assert "permission denied" in refused(cluster, "weir_analyst", f"SELECT * FROM weir.{table}",
                                          database)


@pytest.mark.parametrize("view", VIEWS)
def test_an_analyst_reads_the_views(cluster, database, view):
    cluster.execute(f"SET ROLE weir_analyst; SELECT * FROM weir.{view} LIMIT 5", database=database)


BOOT = "7" * 32


def status(minute, **counters):
    words = ", ".join(f'"{name}": {"null" if value is None else value}'
                      for name, value in counters.items())
    return ("INSERT INTO weir.sensor_status (sensor_id, minute, boot, clock_offset_us, counters)"
            f" SELECT id, '2026-01-05 10:0{minute}Z', '{BOOT}', 0, '{{{words}}}'"
            " FROM weir.sensor WHERE name = 'counting';")


def test_every_packet_of_a_minute_is_in_one_column(cluster, database):
    """Differences, a counter that wraps, one that is not there, and one that is missing."""
    top = 2**64 - 1
    cluster.execute(
        "INSERT INTO weir.branch (name) VALUES ('counting') ON CONFLICT DO NOTHING;"
        "INSERT INTO weir.sensor (name, branch, public_key)"
        f" VALUES ('counting', 'counting', '\\x{'ab' * 32}');"
        + status(1, packets_seen=top - 9, packets_decoded=top - 19, packets_arp=6,
                 packets_waiting=4, packets_filtered=0, interface_rx_errors=7, flows_created=9,
                 flows_final=5, flows_open=4)
        + status(2, packets_seen=90, packets_decoded=66, packets_arp=10, packets_not_ip=0,
                 packets_waiting=1, packets_dropped_kernel=13, packets_filtered=0,
                 interface_rx_errors=7, flows_created=12, flows_final=11, flows_open=1)
        + status(3, packets_seen=190, packets_decoded=165, packets_arp=10, packets_waiting=1,
                 packets_dropped_kernel=13, packets_filtered=None, flows_created=12,
                 flows_final=12, flows_open=1),
        database=database)
    rows = cluster.execute(
        "SET ROLE weir_analyst; SELECT seen, dropped, filtered, decoded, undecodable, waiting,"
        " unaccounted, interface_errors, flows_opened, flows_unaccounted FROM weir.sensor_loss"
        f" WHERE boot = '{BOOT}' ORDER BY minute", database=database)
    assert rows == [
        [str(top - 9), "", "0", str(top - 19), "6", "4", "0", "7", "4", "0"],
        ["100", "", "0", "86", "4", "-3", "13", "0", "-3", "0"],
        ["100", "0", "", "99", "0", "0", "1", "", "0", "-1"]]


def test_an_analyst_has_a_time_limit(cluster):
    rows = cluster.execute("SELECT rolconfig FROM pg_roles WHERE rolname = 'weir_analyst'")
    assert "statement_timeout=60s" in rows[0][0]


def test_a_trainer_reads_flows_and_labels_but_writes_neither(cluster, database):
    cluster.execute("SET ROLE weir_trainer; SELECT count(*) FROM weir.flow f, weir.label l",
                    database=database)
    for sql in ("INSERT INTO weir.label (label, stream) VALUES ('x', 'live')",
                "DELETE FROM weir.flow", "INSERT INTO weir.model_activation (target) "
                "VALUES ('fleet')"):
        assert "permission denied" in refused(cluster, "weir_trainer", sql, database)


def test_the_kdd_view_has_the_41_columns_in_order(cluster, database):
    names = [row[0] for row in cluster.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'weir.kdd'::regclass AND attnum > 0 "
        "ORDER BY attnum", database=database)]
    assert names[:41] == """duration protocol_type service flag src_bytes dst_bytes land
        wrong_fragment urgent hot num_failed_logins logged_in num_compromised root_shell
        su_attempted num_root num_file_creations num_shells num_access_files num_outbound_cmds
        is_host_login is_guest_login count srv_count serror_rate srv_serror_rate rerror_rate
        srv_rerror_rate same_srv_rate diff_srv_rate srv_diff_host_rate dst_host_count
        dst_host_srv_count dst_host_same_srv_rate dst_host_diff_srv_rate
        dst_host_same_src_port_rate dst_host_srv_diff_host_rate dst_host_serror_rate
        dst_host_srv_serror_rate dst_host_rerror_rate dst_host_srv_rerror_rate""".split()
    row = cluster.execute("SELECT * FROM weir.kdd LIMIT 1", database=database)[0]
    assert row[:4] == ["1", "tcp", "http", "SF"]


def test_conn_speaks_zeek(cluster, database):
    rows = cluster.execute(
        "SELECT proto, conn_state, service, duration, history FROM weir.conn LIMIT 1",
        database=database)
    assert rows == [["tcp", "SF", "http", "00:00:01.5", "ShADadFf"]]


def test_conn_says_which_flows_have_statistics(cluster, database):
    rows = cluster.execute(
        "SELECT count(*) FILTER (WHERE measured), count(*) FILTER (WHERE measured IS NULL), "
        "(SELECT count(*) FROM weir.flow_statistics) FROM weir.conn", database=database)
    assert rows[0][0] == rows[0][2] and rows[0][1] == "0"


def test_top_talkers_sum_both_ends(cluster, database):
    rows = cluster.execute("SELECT sum(bytes), (SELECT sum(orig_bytes + resp_bytes) FROM weir.flow) "
                           "FROM weir.top_talkers('1 day', 100000)", database=database)
    assert rows[0][0] == rows[0][1]


def test_every_table_and_view_says_what_it_is(cluster, database):
    silent = cluster.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'weir'::regnamespace "
        "AND relkind IN ('r', 'v', 'p') AND NOT relispartition "
        "AND obj_description(oid) IS NULL", database=database)
    assert silent == []
