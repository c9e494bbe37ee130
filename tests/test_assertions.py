"""A test that proves nothing is found, and one that surely asserts is not watched for it."""

from pathlib import Path

import pytest

from tests import assertions

SURELY = {
    "at_the_end": "x = 1\n    assert x",
    "in_a_block": "with open('a') as f:\n        assert f",
    "by_a_call": "np.testing.assert_allclose(1, 1)",
    "by_what_it_must_raise": "with pytest.raises(ValueError):\n        int('x')",
    "behind_a_loop": "for x in []:\n        continue\n    assert x",
    "behind_a_function_that_returns": "def one():\n        return 1\n    assert one()",
}
PERHAPS = {
    "in_a_loop": "for x in []:\n        assert x",
    "in_a_branch": "if x:\n        assert x",
    "behind_a_way_out": "if x:\n        return\n    assert x",
    "in_what_may_be_suppressed": "with suppress(OSError):\n        assert x",
    "in_a_function_within": "def check():\n        assert x\n    check()",
    "in_what_is_never_called": "f = lambda: pytest.fail()",
    "in_half_a_condition": "x or pytest.fail()",
    "nowhere": "pass",
}


@pytest.mark.parametrize("name", [*SURELY, *PERHAPS])
def test_what_comes_to_an_assertion_in_any_case_is_read_from_the_source(name: str, tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(f"def {name}():\n    {(SURELY | PERHAPS)[name]}\n")
    assert assertions.in_any_case(str(file), name) is (name in SURELY)
    assert bool(assertions.lines(str(file))) is (name != "nowhere")
