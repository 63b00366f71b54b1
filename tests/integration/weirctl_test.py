"""weirctl against a private cluster: every command, its formats, exit codes and refusals."""
import csv
import io
import json
import os
import pathlib
import stat
import subprocess
import time

import pytest

from tests.support.postgres import Cluster, bin_folder

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev"))
WEIRCTL = BUILD / "collector" / "weirctl"
TRAINER = BUILD / "collector" / "weir-trainer"
USAGE, DATA, UNAVAILABLE, IO, PERMISSION, CONFIG = 64, 65, 69, 74, 77, 78
COMMANDS = ["db", "key", "enrol", "sensors", "flows", "label", "train", "models", "model"]
START_US = 1767607200_000_000  # 2026-01-05T10:00:00Z
FLOWS = 600

# Odd flows are a scan: other ports, no answer, many of the same host before them.
INSERT = """
SELECT weir.make_flow_partition('2026-01-05');
INSERT INTO weir.flow SELECT * FROM jsonb_populate_recordset(NULL::weir.flow, (
  SELECT jsonb_agg(z.zero || jsonb_build_object(
    'ts', weir.at({start} + i * 100000::bigint), 'end_ts', weir.at({start} + i * 100000::bigint + 500000),
    'order_ts', weir.at({start} + i * 100000::bigint), 'flow_id', i, 'record_no', i, 'sequence', 1,
    'duration_us', 500000, 'sensor_id', 1, 'record_type', 3, 'proto', 6, 'ip_version', 4,
    'orig_h', '10.1.0.' || i % 7 + 1, 'resp_h', '10.2.0.' || i % 5 + 1, 'orig_p', 1024 + i,
    'resp_p', CASE i % 2 WHEN 1 THEN i ELSE 80 END, 'orig_bytes', CASE i % 2 WHEN 1 THEN 0 ELSE 300 END,
    'resp_bytes', i, 'orig_pkts', 4, 'orig_ip_bytes', 400, 'conn_state', CASE i % 2 WHEN 1 THEN 2 ELSE 1 END,
    'flag', CASE i % 2 WHEN 1 THEN 2 ELSE 1 END, 'early_flag', 1, 'end_reason', 3, 'service', 21,
    'has_vector', true, 'boot', '0a1b2c3d-0000-0000-0000-000000000001', 'stream', '{stream}',
    'history', 'ShADadFf', 'imm_count', CASE i % 2 WHEN 1 THEN 90 ELSE 2 END, 'imm_srv_count', 2,
    'imm_dst_host_count', 100, 'imm_dst_host_srv_count', 50, 'count', 5, 'srv_count', 5,
    'dst_host_count', 100, 'dst_host_srv_count', 50,
    'sensor_model', 9, 'sensor_score', i / {n}::real, 'sensor_flagged', i > {n} - 10))
  FROM generate_series(1, {n}) i, (
    SELECT jsonb_object_agg(attname, CASE atttypid::regtype::text WHEN 'boolean' THEN 'false'::jsonb
      ELSE '0'::jsonb END) AS zero FROM pg_attribute WHERE attrelid = 'weir.flow'::regclass
      AND attnum > 0 AND atttypid::regtype::text IN ('bigint', 'integer', 'smallint', 'boolean')
      AND (attnotnull OR attname ~ '^imm_' OR attname ~ '^(dst_|s?rerror|srv|serror|same|diff|count)')) z));
"""


class Weirctl:
    """Runs the program against one database."""

    def __init__(self, dsn):
        self.dsn = dsn

    def run(self, *words, dsn=None, environment=None):
        database = [] if words[0] == "key" or words[:2] == ("model", "sign") else [
            "--database", dsn or self.dsn]
        return subprocess.run([WEIRCTL, *words, *database], capture_output=True, text=True,
                              timeout=120, check=False, env={**os.environ, **(environment or {})})

    def rows(self, *words):
        done = self.run(*words, "--format", "json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def ok(self, *words):
        done = self.run(*words)
        assert done.returncode == 0, done.stderr
        return done

    def refused(self, code, sentence, *words, **more):
        done = self.run(*words, **more)
        assert (done.returncode, sentence in done.stderr) == (code, True), done.stderr
        assert done.stderr.startswith("weirctl") and done.stderr.count("\n") == 1


def tuples(first, count, label):
    """Lines of a label file for the flows that INSERT makes."""
    for i in range(first, first + count):
        port = i if i % 2 else 80
        yield (f"{START_US + i * 100000}\ttcp\t10.1.0.{i % 7 + 1}\t{1024 + i}\t10.2.0.{i % 5 + 1}\t"
               f"{port}\t1\t{label(i)}\n")


HEADER = "start_us\tproto\torig_h\torig_p\tresp_h\tresp_p\tbranch\tlabel\n"


@pytest.fixture(name="cluster", scope="module")
def cluster_fixture():
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with Cluster() as cluster:
        yield cluster


@pytest.fixture(name="ctl", scope="module")
def ctl_fixture(cluster, tmp_path_factory):
    """A database with two sensors and some flows."""
    cluster.execute("CREATE DATABASE weir")
    ctl = Weirctl(cluster.dsn(database="weir"))
    ctl.ok("db", "init")
    folder = tmp_path_factory.mktemp("keys")
    for name in ("paris-1", "oslo-1"):
        ctl.ok("enrol", name, "--branch", name[:-2], "--write-key", str(folder / name))
    cluster.execute(INSERT.format(start=START_US, n=FLOWS, stream="live"), database="weir")
    return ctl


@pytest.fixture(name="fresh")
def fresh_fixture(cluster):
    cluster.execute("DROP DATABASE IF EXISTS fresh")
    cluster.execute("CREATE DATABASE fresh")
    return Weirctl(cluster.dsn(database="fresh"))


@pytest.fixture(name="trained", scope="module")
def trained_fixture(ctl, tmp_path_factory):
    """Versions of a sensor model and a kdd41 model, trained from labelled flows."""
    if not TRAINER.exists():
        pytest.skip("weir-trainer is not built")
    path = tmp_path_factory.mktemp("labels") / "all.tsv"
    path.write_text(HEADER + "".join(tuples(1, FLOWS, lambda i: "scan" if i % 2 else "normal")))
    ctl.ok("label", "import", str(path))
    versions = {}
    for schema in ("sensor", "kdd41"):
        done = ctl.ok("train", "--schema", schema, "--name", f"by-{schema}", "--trees", "3",
                      "--folds", "2")
        versions[schema] = [m["version"] for m in ctl.rows("models")][-1]
        assert "held" in done.stdout
    return versions


def test_help_names_every_command_and_each_has_an_example():
    text = subprocess.run([WEIRCTL, "--help"], capture_output=True, text=True, check=True).stdout
    for command in COMMANDS:
        assert f"\n  {command} " in text
        if command == "train" and not TRAINER.exists():
            continue
        done = subprocess.run([WEIRCTL, command, "--help"], capture_output=True, text=True,
                              check=False)
        assert done.returncode == 0
        assert f"\n  weirctl {command} " in done.stdout or command == "db"
        assert "Example" in done.stdout
    assert "PGPASSFILE" in text


def test_a_wrong_command_line_is_a_usage_error():
    for words in ([], ["flow"], ["db"], ["db", "drop"], ["flows", "--nothing"], ["flows", "x"],
                  ["enrol"], ["key", "show"], ["model", "push", "7"], ["label", "import"],
                  ["models", "show"], ["model", "sign", "x"], ["flows", "--format", "xml"]):
        done = subprocess.run([WEIRCTL, *words], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (USAGE, ""), words
        assert done.stderr.startswith("weirctl") and done.stderr.count("\n") == 1


def test_init_twice_does_no_harm_and_status_tells(fresh, cluster):
    assert {m["state"] for m in fresh.rows("db", "status")} == {"pending"}
    fresh.refused(UNAVAILABLE, "run `weirctl db init`", "db", "migrate")
    fresh.refused(UNAVAILABLE, "run `weirctl db init`", "sensors")
    first = fresh.rows("db", "init")
    assert first and {m["state"] for m in first} == {"applied"}
    assert fresh.rows("db", "init") == [] and fresh.rows("db", "migrate") == []
    cluster.execute("SELECT weir.make_flow_partition('2026-01-05')", database="fresh")
    status = fresh.rows("db", "status")
    assert {m["state"] for m in status if m["kind"] == "migration"} == {"applied"}
    days = [m for m in status if m["kind"] == "partition"]
    assert [d["name"] for d in days] == ["flow_20260105"] and days[0]["bytes"] > 0


def test_a_migration_folder_that_is_not_there_is_named(fresh):
    fresh.refused(IO, "/nowhere", "db", "init", "--migrations", "/nowhere")


def test_a_database_out_of_reach_is_unavailable(ctl):
    ctl.refused(UNAVAILABLE, "cannot connect to PostgreSQL", "sensors", dsn="host=/nowhere")


def test_a_login_without_the_role_is_told_which(cluster, ctl):
    cluster.execute("DROP ROLE IF EXISTS nobody_in_particular")
    cluster.execute("CREATE ROLE nobody_in_particular LOGIN")
    ctl.refused(PERMISSION, "GRANT weir_admin", "sensors",
                dsn=cluster.dsn(user="nobody_in_particular", database="weir"))


def test_an_admin_login_can_do_the_daily_work(cluster, ctl):
    cluster.execute("DROP ROLE IF EXISTS anna")
    cluster.execute("CREATE ROLE anna LOGIN IN ROLE weir_admin")
    anna = Weirctl(cluster.dsn(user="anna", database="weir"))
    assert len(anna.rows("sensors")) == 2
    anna.ok("label", "--orig", "10.9.9.9", "--as", "x", "--why", "a test")
    assert anna.rows("label", "list", "--limit", "1")[0]["who"] == "anna"
    anna.ok("label", "retract", "--as", "x", "--who", "anna")


def test_libpq_environment_names_the_database(cluster, ctl):
    done = subprocess.run([WEIRCTL, "sensors", "--format", "csv"], capture_output=True, text=True,
                          env=cluster.environment(database="weir"), check=False)
    assert done.returncode == 0 and "paris-1" in done.stdout
    assert ctl.dsn not in done.stdout


@pytest.mark.parametrize("kind", ["collector", "sensor", "signing"])
def test_a_key_pair_is_two_files_and_replaces_none(ctl, tmp_path, kind):
    path = tmp_path / "k"
    done = ctl.ok("key", kind, str(path), "--format", "json")
    made = json.loads(done.stdout)[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    public = tmp_path / "k.pub"
    assert stat.S_IMODE(public.stat().st_mode) == 0o644
    assert "secret" in path.read_text() and "secret" not in public.read_text()
    for file in (path, public):
        assert json.loads(ctl.ok("key", "show", str(file), "--format", "json").stdout)[0] == made
    before = path.read_text(), public.read_text()
    assert ctl.run("key", kind, str(path)).returncode == DATA
    public.unlink()
    assert ctl.run("key", kind, str(path)).returncode == DATA
    assert path.read_text() == before[0] and not public.exists()
    path.chmod(0o644)
    ctl.refused(PERMISSION, "chmod", "key", "show", str(path))
    ctl.refused(IO, str(tmp_path / "none"), "key", "show", str(tmp_path / "none"))


def test_enrolment_prints_the_fingerprint_of_the_written_key(ctl, tmp_path):
    path = tmp_path / "rome-1.key"
    made = ctl.rows("enrol", "rome-1", "--branch", "rome", "--write-key", str(path))[0]
    shown = json.loads(ctl.ok("key", "show", str(path), "--format", "json").stdout)[0]
    assert made["fingerprint"] == shown["fingerprint"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    listed = {s["sensor"]: s for s in ctl.rows("sensors")}
    assert listed["rome-1"]["fingerprint"] == made["fingerprint"]
    assert listed["rome-1"]["branch"] == "rome" and listed["rome-1"]["last_seen"] is None


def test_enrolment_of_a_public_key_and_its_refusals(ctl, tmp_path):
    path = tmp_path / "k"
    ctl.ok("key", "sensor", str(path))
    public = json.loads(ctl.ok("key", "show", str(path), "--format", "json").stdout)[0]["public_key"]
    assert ctl.rows("enrol", "bern-1", "--branch", "bern", f"--public-key={public}")
    ctl.refused(DATA, "is enrolled already", "enrol", "bern-2", "--branch", "bern",
                f"--public-key={public}")
    other = tmp_path / "other"
    ctl.refused(DATA, "is enrolled already", "enrol", "bern-1", "--branch", "bern", "--write-key",
                str(other))
    assert not other.exists()
    ctl.refused(USAGE, "40 characters", "enrol", "bern-3", "--branch", "bern", "--public-key", "abc")
    ctl.refused(USAGE, "--branch", "enrol", "bern-3", f"--public-key={public}")
    ctl.refused(USAGE, "--write-key", "enrol", "bern-3", "--branch", "bern")


def test_a_sensor_is_revoked_and_restored(ctl):
    for option, state in (("--revoke", "revoked"), ("--restore", "enrolled")):
        ctl.ok("enrol", "oslo-1", option)
        assert {s["sensor"]: s["state"] for s in ctl.rows("sensors")}["oslo-1"] == state
    ctl.refused(DATA, "no sensor is named nemo", "enrol", "nemo", "--revoke")


def test_flows_come_newest_first_and_fit_the_filters(ctl):
    flows = ctl.rows("flows", "--limit", "3")
    assert [f["uid"] for f in flows] == [f"paris-1/0a1b2c3d/{FLOWS - i}" for i in range(3)]
    assert [f["uid"][-2:] for f in ctl.rows("flows", "--limit", "2", "--oldest-first")] == ["/1", "/2"]
    assert len(ctl.rows("flows", "--flagged")) == 10
    scores = [f["sensor_score"] for f in ctl.rows("flows", "--min-score", "0.9", "--limit", "0")]
    assert len(scores) == FLOWS // 10 + 1 and min(scores) >= 0.899
    for words, count in ((["--port", "80"], FLOWS // 2), (["--proto", "udp"], 0),
                         (["--address", "10.2.0.1"], FLOWS // 5), (["--orig", "10.2.0.1"], 0),
                         (["--resp", "10.2.0.0/24"], FLOWS), (["--sensor", "oslo-1"], 0),
                         (["--app", "none"], FLOWS), (["--app", "tls"], 0),
                         (["--stream", "live"], FLOWS), (["--stream", "x"], 0),
                         (["--from", "2026-01-05T10:00:59.95Z"], 1), (["--to", "2026-01-05T10:00:01Z"], 9)):
        if words[0] == "--from":
            count = sum(1 for i in range(1, FLOWS + 1) if i * 100000 >= 59_950_000)
        assert ctl.rows("flows", *words, "--count") == [{"flows": count}], words


def test_flows_in_all_formats_are_the_same_rows(ctl):
    rows = ctl.rows("flows", "--limit", "5")
    text = ctl.ok("flows", "--limit", "5", "--format", "csv").stdout
    read = list(csv.DictReader(io.StringIO(text)))
    assert [r["uid"] for r in read] == [r["uid"] for r in rows]
    assert list(read[0]) == list(rows[0])
    table = ctl.ok("flows", "--limit", "5").stdout.splitlines()
    assert [line.split()[-1] for line in table[-5:]] == [r["uid"] for r in rows]
    assert rows[0]["app"] == "none"
    assert rows[0]["state"] == "SF" and rows[0]["service"] == "http" and rows[0]["flagged"] == "sensor"


def test_filters_that_are_none_are_usage_errors(ctl):
    ctl.refused(USAGE, "not an address", "flows", "--address", "paris")
    ctl.refused(USAGE, "--from: want a time", "flows", "--from", "yesterday")
    ctl.refused(USAGE, "--proto: want tcp", "flows", "--proto", "tcpp")
    ctl.refused(USAGE, "sshd is no application", "flows", "--app", "sshd")
    ctl.refused(USAGE, "--port", "flows", "--port", "65536")


def test_a_flow_is_labelled_by_its_uid(ctl):
    uid = "paris-1/0a1b2c3d/4"
    ctl.ok("label", uid, "paris-1/0a1b2c3d/6", "--as", "odd", "--why", "ticket 4711")
    assert [f["uid"] for f in ctl.rows("flows", "--label", "odd", "--oldest-first")] == [
        uid, "paris-1/0a1b2c3d/6"]
    top = ctl.rows("label", "list", "--limit", "2")
    assert [t["flows"] for t in top][1] == f"flow {uid}" and top[0]["why"] == "ticket 4711"
    assert "2 labels taken back" in ctl.ok("label", "retract", "--as", "odd").stderr
    assert ctl.rows("flows", "--label", "odd") == []
    ctl.refused(DATA, "no flow paris-1/0a1b2c3d/99999", "label", "paris-1/0a1b2c3d/99999", "--as", "x")
    ctl.refused(DATA, "no flow paris-1/ffffffff/4", "label", "paris-1/ffffffff/4", "--as", "x")
    ctl.refused(USAGE, "names no flow", "label", "17", "--as", "x")
    ctl.refused(USAGE, "--as", "label", uid)


def test_a_pattern_labels_either_end(ctl):
    ctl.ok("label", "--address", "10.2.0.3", "--port", "80", "--proto", "tcp", "--stream", "live",
           "--from", "2026-01-05", "--to", "2026-01-06", "--as", "busy", "--who", "anna")
    fits = ctl.rows("flows", "--label", "busy", "--limit", "0")
    assert len(fits) == FLOWS // 10 and {f["resp"] for f in fits} == {"10.2.0.3"}
    ctl.ok("label", "retract", "--as", "busy")
    ctl.refused(USAGE, "pattern", "label", "--port", "80", "--as", "x")
    ctl.refused(USAGE, "--orig: want an address", "label", "--orig", "10.0.0.0/33", "--as", "x")
    ctl.refused(USAGE, "either end", "label", "--orig", "10.0.0.1", "--address", "10.0.0.1", "--as", "x")


def test_a_list_of_connections_labels_the_flows_it_names(ctl, tmp_path):
    path = tmp_path / "labels.tsv"
    shift = 900_000  # within the second
    lines = [line.replace(line.split("\t")[0], str(int(line.split("\t")[0]) + shift), 1)
             for line in tuples(1, 20, lambda i: "listed")]
    lines += ["1767607200000000\ttcp\t10.77.0.1\t1\t10.77.0.2\t2\t1\tlisted\n"]  # nobody's
    lines += [line.replace(line.split("\t")[0], str(START_US + 60_000_000), 1)
              for line in tuples(30, 1, lambda i: "listed")]  # of another time
    path.write_text(HEADER + "".join(lines))
    done = ctl.rows("label", "import", str(path), "--stream", "live", "--who", "generator")
    assert done == [{"connections": 22, "matched": 20, "unmatched": 2, "flows": 20, "labelled": 20}]
    again = ctl.rows("label", "import", str(path), "--stream", "live")[0]
    assert (again["matched"], again["labelled"]) == (20, 0)
    elsewhere = ctl.rows("label", "import", str(path), "--stream", "o'clock")[0]
    assert (elsewhere["matched"], elsewhere["unmatched"]) == (0, 22)
    assert len(ctl.rows("flows", "--label", "listed", "--limit", "0")) == 20
    ctl.ok("label", "retract", "--as", "listed", "--who", "generator")


@pytest.mark.parametrize("text,sentence", [
    ("", "matched"), ("nonsense\n", ":1: want the names"), (HEADER + "1\t2\n", ":2: want 8 fields"),
    (HEADER + "x\ttcp\t10.0.0.1\t1\t10.0.0.2\t2\t1\tl\n", ":2: start_us"),
    (HEADER + "1\tfcp\t10.0.0.1\t1\t10.0.0.2\t2\t1\tl\n", ":2: proto"),
    (HEADER + "1\ttcp\t10.0.0\t1\t10.0.0.2\t2\t1\tl\n", ":2: orig_h"),
    (HEADER + "1\ttcp\t10.0.0.1\t1\t10.0.0.2\t70000\t1\tl\n", ":2: resp_p"),
    (HEADER + "1\ttcp\t10.0.0.1\t1\t10.0.0.2\t2\t1\t\n", ":2: label")])
def test_a_wrong_list_is_refused_by_line_and_labels_nothing(ctl, tmp_path, text, sentence):
    path = tmp_path / "labels.tsv"
    path.write_text(text)
    before = len(ctl.rows("label", "list", "--limit", "0"))
    if text == "":
        assert ctl.rows("label", "import", str(path))[0]["connections"] == 0
    else:
        ctl.refused(DATA, sentence, "label", "import", str(path))
    assert len(ctl.rows("label", "list", "--limit", "0")) == before


def test_two_hundred_thousand_labels_take_seconds(cluster, tmp_path):
    cluster.execute("DROP DATABASE IF EXISTS large")
    cluster.execute("CREATE DATABASE large")
    ctl = Weirctl(cluster.dsn(database="large"))
    ctl.ok("db", "init")
    # ports end at 65535, so the same 50,000 four times, an hour and a half apart
    cluster.execute(INSERT.format(start=START_US, n=50000, stream="large"), database="large")
    cluster.execute("""
        CREATE TABLE more AS SELECT * FROM weir.flow;
        DO $$ BEGIN FOR i IN 1..3 LOOP
            UPDATE more SET flow_id = flow_id + 50000, ts = ts + interval '5100 s';
            INSERT INTO weir.flow SELECT * FROM more;
        END LOOP; END $$;""", database="large")
    path = tmp_path / "labels.tsv"
    with open(path, "w", encoding="ascii") as file:
        file.write(HEADER)
        for stream in range(4):
            for line in tuples(1, 50000, lambda i: "scan" if i % 2 else "normal"):
                start, rest = line.split("\t", 1)
                file.write(f"{int(start) + stream * 5_100_000_000}\t{rest}")
    began = time.monotonic()
    done = ctl.rows("label", "import", str(path), "--stream", "large")[0]
    took = time.monotonic() - began
    assert (done["matched"], done["unmatched"]) == (200000, 0)
    assert took < 30, took
    began = time.monotonic()
    assert ctl.rows("flows", "--label", "scan", "--count") == [{"flows": 100000}]
    took = time.monotonic() - began
    assert took < 30, took


def test_training_registers_a_model_with_its_figures(ctl, trained):
    models = {m["version"]: m for m in ctl.rows("models")}
    model = models[trained["sensor"]]
    assert (model["name"], model["schema"], model["active"]) == ("by-sensor", "sensor", "")
    assert model["rows"] > 0 and model["held_out_f1"] > 0.9
    shown = {(m["part"], m["name"]): m["value"] for m in ctl.rows("models", "show", "by-sensor")}
    assert shown["manifest", "version"] == str(trained["sensor"])
    assert shown["manifest", "signed_by"] == "nobody"
    assert ("held_out", "f1") in shown and ("cv", "f1") in shown
    ctl.refused(DATA, "there is no model named nemo", "models", "show", "nemo")
    ctl.refused(DATA, "there is no model 4711", "models", "show", "4711")


def test_training_hands_back_the_trainers_exit_code(ctl):
    if not TRAINER.exists():
        pytest.skip("weir-trainer is not built")
    done = ctl.run("train", "--schema", "nothing")
    assert done.returncode == USAGE and "weir-trainer: --schema" in done.stderr


def test_training_finds_the_database_of_the_environment(ctl, trained, cluster):
    done = subprocess.run(
        [WEIRCTL, "train", "--schema", "sensor", "--name", "by-environment", "--trees", "2",
         "--folds", "0"], capture_output=True, text=True, check=False,
        env=cluster.environment(database="weir"))
    assert done.returncode == 0, done.stderr
    assert ctl.rows("models")[-1]["name"] == "by-environment"
    assert ctl.rows("models")[-1]["version"] > trained["kdd41"]


def test_a_trainer_that_is_not_there_is_named(tmp_path):
    alone = tmp_path / "weirctl"
    alone.write_bytes(WEIRCTL.read_bytes())
    alone.chmod(0o755)
    done = subprocess.run([alone, "train"], capture_output=True, text=True, check=False,
                          env={"PATH": "/nowhere"})
    assert done.returncode == UNAVAILABLE and "cannot run weir-trainer" in done.stderr


def test_a_model_goes_to_sensors_signed_and_of_their_schema_only(ctl, trained, cluster, tmp_path):
    version, other = str(trained["sensor"]), str(trained["kdd41"])
    key = tmp_path / "sign.key"
    ctl.ok("key", "signing", str(key))
    ctl.refused(PERMISSION, "is not signed", "model", "push", version, "--to", "sensors")
    ctl.refused(DATA, "has schema kdd41", "model", "push", other, "--to", "sensors", "--sign-key", str(key))
    ctl.refused(DATA, "has schema sensor", "model", "push", version, "--to", "fleet")
    ctl.refused(PERMISSION, "public half", "model", "push", version, "--to", "sensors", "--sign-key",
                f"{key}.pub")
    ctl.refused(USAGE, "--to", "model", "push", version)
    for _ in range(2):  # signing twice by one key leaves one signature
        done = ctl.ok("model", "push", "by-sensor", "--to", "sensors", "--sign-key", str(key))
        assert f"by-sensor version {version} is active for the sensors" in done.stderr
    fingerprint = json.loads(ctl.ok("key", "show", str(key), "--format", "json").stdout)[0]["fingerprint"]
    signers = [m["value"] for m in ctl.rows("models", "show", version) if m["name"] == "signed_by"]
    assert signers == [fingerprint]
    ctl.ok("model", "push", other, "--to", "fleet")
    active = {m["version"]: m["active"] for m in ctl.rows("models")}
    assert (active[int(version)], active[int(other)]) == ("sensors", "fleet")
    ctl.ok("model", "push", other, "--to", "sensors", "--sign-key", str(key), "--force")
    active = {m["version"]: m["active"] for m in ctl.rows("models")}
    assert active[int(other)] == "sensors, fleet"
    for whom in ("sensors", "fleet"):
        ctl.ok("model", "off", "--to", whom)
    assert {m["active"] for m in ctl.rows("models")} == {""}
    assert cluster.execute("SELECT count(*) FROM weir.model_activation", database="weir") == [["6"]]


def test_a_push_wakes_who_listens(ctl, trained, cluster):
    listen = subprocess.Popen(
        ["psql", "-X", "-q", "-d", cluster.dsn(database="weir")], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True)
    listen.stdin.write("LISTEN weir_model;\nSELECT 'ready';\n")
    listen.stdin.flush()
    while "ready" not in listen.stdout.readline():
        pass
    ctl.ok("model", "push", str(trained["kdd41"]), "--to", "fleet")
    out, _ = listen.communicate("SELECT 1;\n", timeout=30)
    assert 'weir_model" with payload "fleet"' in out
    ctl.ok("model", "off", "--to", "fleet")


def test_a_model_is_signed_away_from_the_collector(ctl, trained, tmp_path):
    version, file, key = str(trained["kdd41"]), tmp_path / "m.weir", tmp_path / "k"
    ctl.ok("key", "signing", str(key))
    ctl.ok("models", "export", version, str(file))
    assert "carries 1 signature" in ctl.ok("model", "sign", str(file), "--sign-key", str(key)).stderr or \
        "carries 2 signatures" in ctl.ok("model", "sign", str(file), "--sign-key", str(key)).stderr
    ctl.ok("model", "import", str(file))
    shown = [m["value"] for m in ctl.rows("models", "show", version) if m["name"] == "signed_by"]
    print_of_key = json.loads(ctl.ok("key", "show", str(key), "--format", "json").stdout)[0]["fingerprint"]
    assert print_of_key in shown
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    assert ctl.run("model", "sign", str(file), "--sign-key", str(key)).returncode == DATA
    assert file.read_bytes() == whole[:-40]
    ctl.refused(IO, "nothing.weir", "model", "sign", str(tmp_path / "nothing.weir"), "--sign-key", str(key))
