"""conn_state of every conversation, beside Zeek's own conn.log. Of a conversation that is several
connections, the states are compared as a multiset: Zeek's logs carry no times."""
import pytest

from tests.reference.comparison import beside_zeek, names

NAMES = names(".zeek-conn.log")


@pytest.mark.skipif(not NAMES, reason="no folder of captures: set WEIR_DATA")
@pytest.mark.parametrize("name", NAMES)
def test_each_difference_from_zeek_is_of_a_known_class(name, tmp_path):
    outcome = beside_zeek(name, tmp_path)
    unknown = [difference for difference in outcome.differences if difference.kind is None]
    assert not unknown
    assert outcome.conversations > 0
