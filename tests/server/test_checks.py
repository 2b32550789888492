"""What the server refuses to be set to."""

from __future__ import annotations

import pytest

from asknext.core.errors import InvalidInput
from asknext.server.checks import check_endpoints

PICK = 'llm_pick(endpoint="http://127.0.0.1:11434/v1", model="m")'


def test_texts_are_sent_only_where_whoever_runs_the_server_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ASKNEXT_ENDPOINTS", raising=False)
    for written in (PICK, f"mixture({PICK}, margin)"):
        with pytest.raises(InvalidInput, match="may not send texts"):
            check_endpoints(written)
    monkeypatch.setenv("ASKNEXT_ENDPOINTS", "https://example.org/, http://127.0.0.1:11434/")
    check_endpoints(PICK)
    with pytest.raises(InvalidInput, match=r"169\.254"):
        check_endpoints(PICK.replace("127.0.0.1:11434", "169.254.169.254"))
    check_endpoints("power(margin, beta=2)")
