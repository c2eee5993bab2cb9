"""`--confirm` takes names, files and shipped policies; what is wrong is said before a model is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.cast import consent
from cli.problem import Problem
from leaf_agent.policy_file import read_policy
from tools_api.catalog import specs


def test_names_files_and_shipped_policies_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text('[confirm]\nproduction = ["create_order"]\n')
    (tmp_path / "plain").write_text('[confirm]\nproduction = ["alarms"]\n')
    (tmp_path / "stop_line").write_text("a file that has the name of a tool")
    monkeypatch.chdir(tmp_path)
    shipped = read_policy("high-consequence").grave("production", specs("production"))
    assert consent(["high-consequence"], "leaf", "production") == shipped
    assert consent(["mine.toml", "plain", "stop_line"], "leaf", "production") == {"create_order", "alarms", "stop_line"}
    assert consent(["mine.toml", "high-consequence"], "leaf-untuned", "production") == {"create_order", *shipped}
    assert consent(None, "reference", "production") == frozenset()


def test_a_policy_of_nothing_asks_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    path.write_text("[confirm]\nproduction = []\n")
    assert consent([str(path)], "leaf", "production") == frozenset()


@pytest.mark.parametrize("verb", [("run", "production", "Hello"), ("chat", "production"), ("serve", "production")])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "one of: high-consequence"),
        ("[confirm]\nproduction = [stop_line]", "no TOML: Invalid value (at line 2, column 15)"),
        ('[confirm]\nproduction = ["stop_lin"]', "did you mean 'stop_line'?"),
        ('[confirm]\nproduction = ["get_kpi"]', "changes nothing; name a tool that acts"),
        ('[confirm]\nproduction = []\nenergie = ["shed_load"]', "did you mean 'energy'?"),
        ('[confirm]\nproduction = []\nenergy = ["stop_line"]', "'stop_line' is no tool or device"),
        ('[confirm]\nenergy = ["shed_load"]', "no plant 'production'; it names energy"),
    ],
)
def test_a_bad_policy_is_told_in_one_line(
    leaf,  # type: ignore[no-untyped-def]
    tmp_path: Path,
    verb: tuple[str, ...],
    content: str | None,
    says: str,
) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_text(content)
    port = ("--port", "0") if verb[0] == "serve" else ()
    ended = leaf(*verb, *port, "--confirm", path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("leaf: ")
    assert ended.err.count("\n") == 1
    assert "mine.toml" in ended.err
    assert says in ended.err


def test_a_policys_name_gets_the_nearest_right_one() -> None:
    with pytest.raises(Problem, match="did you mean 'high-consequence'"):
        consent(["high_consequenc"], "leaf", "production")
    with pytest.raises(Problem, match="goes with leaf"):
        consent(["high-consequence"], "json:dumps", "production")
