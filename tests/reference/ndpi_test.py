"""The recognised application of every conversation, beside nDPI's and beside Zeek's `service`."""
import pytest

from tests.reference.application import beside_ndpi, beside_zeek_service
from tests.reference.comparison import names

NDPI_NAMES = names(".ndpi-flows.txt")
ZEEK_NAMES = names(".zeek-conn.log")
AGREEING_MIN = 0.6  # of all conversations beside nDPI: a third of one capture begins mid-stream
OUTCOMES = {}


@pytest.mark.skipif(not NDPI_NAMES, reason="no folder of captures: set WEIR_DATA")
@pytest.mark.parametrize("name", NDPI_NAMES)
def test_each_difference_from_ndpi_is_of_a_known_class(name, tmp_path):
    outcome = OUTCOMES[name] = beside_ndpi(name, tmp_path)
    assert outcome.conversations > 0
    unknown = [difference for difference in outcome.differences if difference.kind is None]
    assert len(unknown) <= outcome.conversations / 100, unknown


@pytest.mark.skipif(not NDPI_NAMES, reason="no folder of captures: set WEIR_DATA")
def test_most_conversations_have_the_application_that_ndpi_gives_them():
    read = sum(outcome.conversations for outcome in OUTCOMES.values())
    differ = sum(len(outcome.differences) for outcome in OUTCOMES.values())
    assert read >= 200 and read - differ >= AGREEING_MIN * read, (read, differ)


@pytest.mark.skipif(not ZEEK_NAMES, reason="no folder of captures: set WEIR_DATA")
@pytest.mark.parametrize("name", ZEEK_NAMES)
def test_each_difference_from_zeek_service_is_of_a_known_class(name, tmp_path):
    outcome = beside_zeek_service(name, tmp_path)
    assert outcome.conversations > 0
    assert not [difference for difference in outcome.differences if difference.kind is None]
