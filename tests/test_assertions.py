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
    "in_a_loop_over_what_stands_there": "for x in (2, *[]):\n        for y in [3]:\n            assert x < y",
    "in_a_function_of_the_file": "y = later(1)\n    z = y",
    "behind_a_function_that_returns": "def one():\n        return 1\n    assert one()",
}
PERHAPS = {
    "in_a_loop": "for x in []:\n        assert x",
    "in_a_loop_over_nothing_perhaps": "for x in (*[],):\n        assert x",
    "in_a_loop_that_is_left": "for x in (1, 2):\n        if x:\n            break\n        assert x",
    "in_a_loop_that_goes_on": "for x in (1, 2):\n        if x:\n            continue\n        assert x",
    "in_a_function_that_may_leave": "leaving(1)",
    "in_a_function_that_is_run_but_once": "kept(1)",
    "in_a_generator": "giving(1)",
    "in_a_method_of_that_name": "x.later(1)",
    "in_a_branch": "if x:\n        assert x",
    "behind_a_way_out": "if x:\n        return\n    assert x",
    "in_what_may_be_suppressed": "with suppress(OSError):\n        assert x",
    "in_a_function_within": "def check():\n        assert x\n    check()",
    "in_what_is_never_called": "f = lambda: pytest.fail()",
    "in_half_a_condition": "x or pytest.fail()",
    "nowhere": "pass",
}


REST = """

def later(x):
    last(x)
    return x

def last(x):
    assert x

@cache
def kept(x):
    assert x

def leaving(x):
    if x:
        return
    last(x)

def giving(x):
    assert x
    yield x
"""


@pytest.mark.parametrize("name", [*SURELY, *PERHAPS])
def test_what_comes_to_an_assertion_in_any_case_is_read_from_the_source(name: str, tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(f"def {name}():\n    {(SURELY | PERHAPS)[name]}\n{REST}")
    assert assertions.in_any_case(str(file), name) is (name in SURELY)


def test_lines_that_can_find_something_wrong_are_read_from_the_source(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text("def one():\n    x = 1\n    assert (\n        x\n    )\n    pytest.fail()\n    fails = x\n")
    assert assertions.lines(str(file)) == {3, 4, 5, 6}
