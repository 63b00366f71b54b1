"""Packets and IP bytes of every conversation, beside Argus (argus -A -S 3600; racluster)."""
import pytest

from tests.reference.comparison import beside_argus, names
from tests.reference.difference_classes import CLASSES

NAMES = names(".argus.csv")
SHARE_MAX = 0.01
OUTCOMES = {}


@pytest.fixture(name="folder", scope="module")
def folder_fixture(tmp_path_factory):
    return tmp_path_factory.mktemp("captures")


def test_there_are_at_most_a_dozen_classes_each_with_its_reason():
    assert len({entry.name for entry in CLASSES}) == len(CLASSES) <= 12
    assert all(len(entry.reason) > 40 for entry in CLASSES)


@pytest.mark.skipif(not NAMES, reason="no folder of captures: set WEIR_DATA")
@pytest.mark.parametrize("name", NAMES)
def test_each_difference_from_argus_is_of_a_known_class(name, folder):
    outcome = OUTCOMES[name] = beside_argus(name, folder)
    unknown = [difference for difference in outcome.differences if difference.kind is None]
    assert not unknown


@pytest.mark.skipif(not NAMES, reason="no folder of captures: set WEIR_DATA")
def test_at_most_one_conversation_in_a_hundred_differs_from_argus():
    conversations = sum(outcome.conversations for outcome in OUTCOMES.values())
    differing = sum(len(outcome.differences) for outcome in OUTCOMES.values())
    assert conversations > 0
    assert differing <= SHARE_MAX * conversations
    for outcome in OUTCOMES.values():  # where one capture alone can show it
        if outcome.conversations >= 100:
            assert len(outcome.differences) <= SHARE_MAX * outcome.conversations, outcome.name
