"""Columns 10 to 22 and the application of real captures beside what is known of them: the ground truth
of the captures' manifest, and what a person reads in their cleartext sessions."""
import collections

import pytest

from tests.reference.sensor_run import capture, data_folder, records

FEATURES = ["hot", "num_failed_logins", "logged_in", "num_compromised", "root_shell", "su_attempted",
            "num_root", "num_file_creations", "num_shells", "num_access_files", "is_host_login",
            "is_guest_login"]

pytestmark = pytest.mark.skipif(data_folder() is None,
                                reason="no folder of captures: set WEIR_DATA")


def flows(name, folder, *arguments):
    """The flows of a capture, read as a user does who sets nothing but these."""
    return records(capture(name, folder), *arguments)


def features(flow):
    return {name: flow[name] for name in FEATURES if flow[name] != 0}


def only(found):
    assert len(found) == 1
    return found[0]


def test_each_guess_of_an_ftp_password_is_one_failed_login(tmp_path):
    found = flows("brute-ftp-zeek", tmp_path)
    assert len(found) == 30
    for flow in found:
        assert flow["app"] == "ftp"
        assert features(flow) == {"num_failed_logins": 1}


def test_the_ftp_login_that_was_refused_failed_once(tmp_path):
    flow = only(flows("ftp-failed-login", tmp_path))
    assert features(flow) == {"num_failed_logins": 1}
    assert flow["ftp"]["user"] == "hello"


def test_the_anonymous_ftp_session_is_a_guest_with_four_transfers(tmp_path):
    found = flows("ftp-ipv4-zeek", tmp_path)
    control = only([flow for flow in found if flow["service"] == "ftp"])
    assert features(control) == {"hot": 4, "logged_in": 1, "is_guest_login": 1}
    channels = [flow for flow in found if flow["service"] == "ftp_data"]
    assert len(channels) == 4
    assert all(flow["logged_in"] == 1 for flow in channels)  # as the session that announced them
    # two of them are listings, of four entries that root owns each
    assert sorted(flow["num_root"] for flow in channels) == [0, 0, 4, 4]


def test_the_telnet_session_is_logged_in(tmp_path):
    flow = only(flows("telnet-session", tmp_path))
    assert flow["app"] == "telnet"
    assert features(flow) == {"logged_in": 1}
    assert flow["login"]["user"] == "fake"


def test_pop_sessions_log_in_or_fail(tmp_path):
    found = [flow for flow in flows("pop3-zeek", tmp_path) if flow["app"] == "pop3"]
    # one password is refused, two are accepted; the other sessions only ask what is supported
    assert sum(flow["num_failed_logins"] for flow in found) == 1
    assert sum(flow["logged_in"] for flow in found) == 2
    assert all(flow["logged_in"] + flow["num_failed_logins"] <= 1 for flow in found)


def test_web_attacks_asked_something_and_were_not_hot_without_a_pattern(tmp_path):
    found = flows("web-sqli-ndpi", tmp_path)
    assert len(found) == 9
    for flow in found:
        assert flow["app"] == "http" and flow["service"] == "http"
        assert features(flow) == {"logged_in": 1}


def test_the_probes_of_a_scanner_are_hot_and_answered_not_found(tmp_path):
    found = flows("scan-nmap-80-A", tmp_path)
    hot = [flow for flow in found if flow["hot"] > 0]
    assert hot and all(flow["app"] == "http" for flow in hot)
    assert any(flow["num_compromised"] > 0 for flow in hot)


def test_a_scan_through_an_ftp_server_is_a_guest_who_lists_a_thousand_times(tmp_path):
    session = only([flow for flow in flows("scan-nmap-ftp-bounce", tmp_path)
                    if flow["service"] == "ftp" and flow["logged_in"]])
    assert session["is_guest_login"] == 1
    assert session["hot"] > 900
    assert session["ftp"]["bounce_cmds"] == 0  # its PORTs name the scanner: it scans itself


def test_the_worms_fetch_is_one_transfer(tmp_path):
    # The capture's checksums are wrong, and not as a sender's card leaves them.
    found = flows("exploit-honeynet-lsass", tmp_path, "--flow-checksums", "ignore")
    fetch = only([flow for flow in found if flow["app"] == "ftp"])
    assert features(fetch) == {"hot": 1, "logged_in": 1}


def test_guesses_at_ssh_show_no_content(tmp_path):
    for flow in flows("brute-ssh-slips", tmp_path):
        assert features(flow) == {}


def test_land_teardrop_and_ping_of_death_are_counted_where_they_belong(tmp_path):
    found = flows("synthetic-kdd-dos", tmp_path)
    kinds = collections.Counter()
    for flow in found:
        assert features(flow) == {}
        if flow["land"]:
            assert flow["proto"] == "tcp" and flow["orig_h"] == flow["resp_h"]
            kinds["land"] += 1
        if flow["wrong_fragment"] > 0:
            assert flow["proto"] in ("udp", "icmp")
            kinds["teardrop" if flow["proto"] == "udp" else "pod"] += 1
    assert kinds["land"] > 0 and kinds["teardrop"] > 0 and kinds["pod"] > 0


def test_fragments_of_teardrop_alone_are_wrong(tmp_path):
    assert any(flow["wrong_fragment"] > 0 for flow in flows("frag-teardrop", tmp_path))


@pytest.mark.parametrize("name", ["scan-nmap-tcp-syn", "dos-100-packets", "scan-tcp-syn-5000",
                                  "backscatter"])
def test_what_has_no_payload_has_no_content(name, tmp_path):
    for flow in flows(name, tmp_path):
        assert features(flow) == {}
