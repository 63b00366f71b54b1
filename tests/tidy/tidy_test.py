"""tidy.py finds each kind of fault it promises to find, and nothing in a clean tree."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import tidy  # noqa: E402

SPDX = "/* SPDX-License-Identifier: Apache-2.0"
README = "# folder\n\n" + "\n".join(h + "\ntext\n" for h in tidy.README_HEADS)


def header(path, body="", comment="flow_table: the live flows."):
    guard = "WEIR_" + path.replace("/", "_").replace(".", "_").upper()
    return f"{SPDX}\n *\n * {comment}\n */\n#ifndef {guard}\n#define {guard}\n{body}\n#endif\n"


def source(body):
    return f"{SPDX} */\n{body}\n"


CLEAN = {
    "sensor/meter/README.md": README + "\n[the record](flow_table.h)\n",
    "sensor/meter/flow_table.h": header("sensor/meter/flow_table.h"),
    "sensor/meter/flow_table.c": source(
        '#include "sensor/meter/flow_table.h"\n\n#include <stdio.h>\n\n'
        '#include "common/base/err.h"\n\nstatic const int sizes[] = {1, 2};\n\n'
        "int flow_table_touch(int a, int b)\n{\n    if (a > b) {\n        return sizes[0];\n    }\n"
        "    struct point at = {.x = {1}, .y = {2}};\n    return at.x;\n}\n"),
    "common/base/README.md": README,
    "common/base/err.h": header("common/base/err.h", comment="weir_err: the list of codes."),
}

LONG_FUNCTION = "int flow_table_a(void)\n{\n" + "    b();\n" * 61 + "}\n"
DEEP = ("int flow_table_a(int a)\n{\n" + "".join(f"{'    ' * i}if (a > {i}) {{\n" for i in range(1, 6))
        + "a++;\n" + "}\n" * 5 + "    return a;\n}\n")
NEW = "sensor/meter/flow_table.c"

FAULTS = {  # name: (files that change, part of the finding)
    "sensor includes collector": (
        {NEW: source('#include "collector/store/row.h"')}, "sensor may not include collector/store"),
    "lower layer includes higher": (
        {"common/base/a.c": source('#include "common/flow/flow_record.h"')},
        "common/base may not include common/flow"),
    "a .c is included": ({NEW: source('#include "sensor/meter/a.c"')}, "includes a .c file"),
    "pcap outside capture": ({NEW: source("#include <pcap/pcap.h>")}, "pcap/pcap.h may be included"),
    "zmq outside proto": ({NEW: source("#include <zmq.h>")}, "zmq.h may be included in proto/"),
    "generated code outside proto": (
        {NEW: source('#include "weir/v1/flow.pb-c.h"')}, "flow.pb-c.h may be included in proto/"),
    "libpq outside store": (
        {"common/base/a.c": source("#include <libpq-fe.h>")}, "may be included in collector/store/"),
    "xgboost outside learn": (
        {NEW: source("#include <xgboost/c_api.h>")}, "may be included in collector/learn/"),
    "protobuf type in a header": (
        {"proto/README.md": README,
         "proto/a.h": header("proto/a.h", "Weir__V1__Flow *a;", "a: it.")}, "Weir__V1__ type"),
    "long file": ({NEW: source("\n" * 500)}, "lines, at most 500"),
    "long header": (
        {"sensor/meter/flow_table.h": header("sensor/meter/flow_table.h", "\n" * 250)},
        "lines, at most 250"),
    "long line": ({NEW: source("int " + "a" * 100 + "(void);")}, "characters, at most 100"),
    "big file": ({"tests/big.bin": "a" * 200_001}, "200001 bytes, at most 200000"),
    "long function": ({NEW: source(LONG_FUNCTION)}, "function of 61 lines, at most 60"),
    "many parameters": (
        {NEW: source("int flow_table_a(int a, int b, int (*c)(int, int), int d,\n"
                     "                 int e, int f, int g)\n{\n}\n")}, "7 parameters, at most 6"),
    "deep nesting": ({NEW: source(DEEP)}, "nested 5 deep, at most 4"),
    "wrong guard": (
        {"sensor/meter/flow_table.h": header("sensor/meter/other.h")},
        "guard should be WEIR_SENSOR_METER_FLOW_TABLE_H"),
    "no licence": ({NEW: "int a(void);\n"}, "SPDX-License-Identifier"),
    "no sentence": (
        {"sensor/meter/flow_table.h": header("sensor/meter/flow_table.h", comment="The table.")},
        "the first sentence should be `flow_table: "),
    "labels out of order": (
        {"sensor/meter/flow_table.h": header(
            "sensor/meter/flow_table.h",
            comment="flow_table: it.\n *\n * Errors:  none\n * Owns:    all")}, "labels stand in"),
    "banned call": (
        {NEW: source("int flow_table_a(char *a)\n{\n    return atoi(a);\n}\n")}, "atoi is banned"),
    "todo": ({NEW: source("/* TODO: later */")}, "not in a TODO"),
    "divider": ({NEW: source("/* ------ helpers ------ */")}, "no section-divider art"),
    "mutable variable": ({NEW: source("static int count;")}, "mutable file-scope variable count"),
    "mutable pointer": (
        {NEW: source('static const char *name = "a";')}, "mutable file-scope variable name"),
    "wrong prefix in a program": (
        {NEW: source("int table_touch(void)\n{\n    return 0;\n}\n")},
        "table_touch should begin with flow_table_"),
    "wrong prefix in common": (
        {"common/base/a.c": source("int a_touch(void)\n{\n    return 0;\n}\n")},
        "a_touch should begin with weir_"),
    "empty word in a file name": ({"sensor/meter/flow_utils.c": source("")}, "'utils' says nothing"),
    "empty word in a symbol": (
        {NEW: source("int flow_table_process_all(void)\n{\n    return 0;\n}\n")}, "says nothing"),
    "folder without README": ({"sensor/decode/a.c": source("")}, "sensor/decode: has no README.md"),
    "README without a head": (
        {"sensor/meter/README.md": README.replace("## Invariants", "## Rules")},
        "missing ['## Invariants']"),
    "dead link": ({"tests/a.md": "[x](gone.md#part)\n"}, "link to gone.md"),
}

ALLOWED = {
    "banned word in a comment or text": {
        NEW: source('/* not strcpy(a, b) */\nstatic const char *const a = "atoi(x)";')},
    "libpcap in capture": {
        "sensor/capture/README.md": README, "sensor/capture/a.c": source("#include <pcap/pcap.h>")},
    "link that is code or of the web": {
        "tests/a.md": "`[x](gone.md)` [y](https://a.example/b)\n```\n[z](gone.md)\n```\n"},
    "test in the layer's folder": {
        "tests/unit/sensor/flow_table_test.c": source('#include "sensor/meter/flow_table.h"')},
}


def write(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def test_clean_tree_has_no_findings(tmp_path):
    write(tmp_path, CLEAN)
    assert tidy.findings(tmp_path) == []


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found(tmp_path, name):
    files, part = FAULTS[name]
    write(tmp_path, {**CLEAN, **files})
    found = tidy.findings(tmp_path)
    assert any(part in finding for finding in found), found


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed_is_not_found(tmp_path, name):
    write(tmp_path, {**CLEAN, **ALLOWED[name]})
    assert tidy.findings(tmp_path) == []
