"""What holds for all tests: under CI nothing is skipped in silence."""

from typing import Literal

import pytest

from tests import conftest


@pytest.mark.parametrize(
    "ci, given, outcome", [("true", "skipped", "failed"), ("true", "passed", "passed"), ("", "skipped", "skipped")]
)
def test_under_ci_a_skipped_test_has_failed(
    ci: str, given: Literal["passed", "skipped"], outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    report = pytest.TestReport("a test", ("file", 1, "a test"), {}, given, None, "call")
    hook = conftest.pytest_runtest_makereport(None, None)  # type: ignore[arg-type] # it looks at neither
    next(hook)
    with pytest.raises(StopIteration) as done:
        hook.send(report)
    assert done.value.value is report
    assert report.outcome == outcome
