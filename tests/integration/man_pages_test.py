"""The manual pages name the options that the programs have, and no others."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

BUILD = pathlib.Path(os.environ.get("WEIR_BUILD", "build/dev"))
PAGES = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "man"
PROGRAMS = {"weir-sensor": "sensor", "weir-collector": "collector", "weir-trainer": "collector",
            "weirctl": "collector"}
WEIRCTL_COMMANDS = ["db", "key", "enrol", "sensors", "flows", "label", "models", "model"]
HELP = re.compile(r"^  (?:-(\w), |    )--(?:\[no-\])?([\w-]+)(?:=(\S+))?", re.M)
ITEM = re.compile(r"^\.It (?:Fl (\w) , )?Fl -([\w-]+)(?: Ns = Ns Ar (\S+))?$", re.M)


def helped(program, *command):
    """(letter, option, value) of each line of --help; common ones apart."""
    path = BUILD / PROGRAMS[program] / program
    if not path.exists():
        pytest.skip(f"{program} is not built")
    text = subprocess.run([path, *command, "--help"], capture_output=True, text=True,
                          check=True).stdout
    own, common = text.split("[every program]")
    common = common.split("\n\n", 1)[0]  # examples follow
    return set(HELP.findall(own)), set(HELP.findall(common))


def section(text, head):
    """The lines from a .Sh or .Ss to the next one of its kind."""
    level = head[:4]
    found = text.split(f"\n{head}\n", 1)
    assert len(found) == 2, f"no section {head}"
    end = r"\n\.S[hs] " if level == ".Ss " else r"\n\.Sh "
    return re.split(end, found[1], maxsplit=1)[0]


def compare(page, items, program):
    """Fails with the lines to add and to take out."""
    def line(option):
        letter, name, value = option
        return (".It " + (f"Fl {letter} , " if letter else "") + f"Fl -{name}"
                + (f" Ns = Ns Ar {value}" if value else ""))
    missing = sorted(map(line, program - items))
    extra = sorted(map(line, items - program))
    assert not missing and not extra, f"{page}: add {missing}, take out {extra}"


@pytest.mark.parametrize("program", ["weir-sensor", "weir-collector", "weir-trainer"])
def test_a_page_has_the_options_of_its_program(program):
    text = (PAGES / f"{program}.1").read_text()
    own, common = helped(program)
    compare(f"{program}.1", set(ITEM.findall(section(text, ".Sh OPTIONS"))), own | common)


@pytest.mark.parametrize("command", WEIRCTL_COMMANDS)
def test_weirctls_page_has_the_options_of_each_command(command):
    text = (PAGES / "weirctl.1").read_text()
    own, common = helped("weirctl", command)
    compare(f"weirctl.1, {command}", set(ITEM.findall(section(text, f".Ss weirctl {command}"))), own)
    compare("weirctl.1, every command", set(ITEM.findall(section(text, ".Ss every command"))), common)


def test_weirctls_page_has_every_command():
    path = BUILD / "collector" / "weirctl"
    if not path.exists():
        pytest.skip("weirctl is not built")
    text = subprocess.run([path, "--help"], capture_output=True, text=True, check=True).stdout
    commands = re.findall(r"^  (\w+) {2,}", text, re.M)
    page = (PAGES / "weirctl.1").read_text()
    assert sorted(commands) == sorted([*WEIRCTL_COMMANDS, "train"])
    assert sorted(re.findall(r"^\.Ss weirctl (\w+)$", page, re.M)) == sorted(commands)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_page_is_right_mdoc(program):
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    done = subprocess.run(["groff", "-mdoc", "-Tascii", "-ww", "-z", PAGES / f"{program}.1"],
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    text = (PAGES / f"{program}.1").read_text()
    for head in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS", "SEE ALSO"):
        assert f"\n.Sh {head}\n" in text


def test_every_field_of_a_flow_record_is_explained(tmp_path):
    """The fields of the statistics, of columns 8 to 22 and of the csv header, each as .It Cm NAME."""
    sensor = BUILD / "sensor" / "weir-sensor"
    if not sensor.exists():
        pytest.skip("weir-sensor is not built")
    capture = tmp_path / "empty.pcap"
    capture.write_bytes(bytes.fromhex("d4c3b2a102000400000000000000000000000400") + b"\1\0\0\0")
    header = subprocess.run([sensor, "--read", capture, "--output", "-", "--format", "csv"],
                            capture_output=True, text=True, check=True).stdout
    columns = {re.sub("^(orig|resp)_", "", name) for name in header.strip().split(",")}
    page = (PAGES / "weir-flow.5").read_text()
    told = {re.sub("^(orig|resp)_", "", name) for name in re.findall(r"[a-z0-9_]+", page)}
    assert len(columns) > 100
    assert columns <= told, sorted(columns - told)
