"""What every decision must mention of its remedies."""

from __future__ import annotations

import pytest

from shared.law.remedies import Mention, MentionsMissing, require_mentions


@pytest.mark.parametrize("lacking", list(Mention), ids=lambda mention: mention.value)
def test_a_decision_without_one_of_the_six_mentions_is_refused(lacking: Mention) -> None:
    complete = dict.fromkeys(Mention, "said")
    require_mentions(complete)
    with pytest.raises(MentionsMissing) as absent:
        require_mentions({mention: text for mention, text in complete.items() if mention is not lacking})
    assert absent.value.mentions == (lacking,)
    with pytest.raises(MentionsMissing):
        require_mentions({**complete, lacking: "  "})
