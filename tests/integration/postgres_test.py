"""The private cluster of the other integration tests: it starts, survives kill -9, and goes."""
import os

from tests.support.postgres import Cluster, postgres  # noqa: F401 (a fixture)


def test_cluster_listens_on_its_socket_only(postgres):  # noqa: F811
    assert postgres.execute("SHOW listen_addresses") == [[""]]
    assert postgres.execute("SELECT 1, NULL, 'a b'") == [["1", "", "a b"]]


def test_committed_rows_survive_kill_9():
    with Cluster(durable=True) as cluster:
        cluster.execute("CREATE TABLE t (a int); INSERT INTO t VALUES (7)")
        cluster.kill()
        cluster.start()
        assert cluster.execute("SELECT a FROM t") == [["7"]]


def test_nothing_is_left_behind():
    with Cluster() as cluster:
        folder, pid = cluster.folder, cluster.process.pid
        assert folder.exists()
    assert not folder.exists()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return
    raise AssertionError(f"server {pid} still runs")
