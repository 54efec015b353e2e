"""The number of held rows is given or typed before anything is sent."""

import pytest

from b2b.commands import main
from b2b.commands.release import check_number
from b2b.domain.errors import Refused


def test_only_the_right_number_goes_on() -> None:
    check_number(3, 3)
    for given in (0, 2, 4):
        with pytest.raises(Refused) as refused:
            check_number(3, given)
        assert refused.value.reason.code == "wrong_number"


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "--help"]) == 0
    assert "--refuse" in capsys.readouterr().out
