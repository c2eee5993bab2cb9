"""Stress profiles as documents: names, composition, files, and what is said about a bad one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scenarios.document import TaskDocumentError
from scenarios.stress import PROFILES, STRESSORS, StressNameError, StressProfile, load_profile, stress_profile


def test_none_has_nothing_and_severe_has_all() -> None:
    assert stress_profile("none").stressors == {}
    assert set(PROFILES["severe"].stressors) == set(STRESSORS)
    assert set(PROFILES["mild"].stressors) < set(STRESSORS)


def test_a_profile_is_frozen_and_goes_through_json() -> None:
    profile = stress_profile("severe-dropout")
    assert StressProfile.model_validate_json(profile.model_dump_json()) == profile
    with pytest.raises(ValidationError):
        profile.name = "other"  # type: ignore[misc]


def test_profiles_are_added_and_taken_from() -> None:
    mild = PROFILES["mild"]
    both = stress_profile("mild+tariff_shock")
    assert set(both.stressors) == {*mild.stressors, "tariff_shock"}
    assert set(stress_profile("severe-dropout-delay").stressors) == set(STRESSORS) - {"dropout", "delay"}
    assert stress_profile(["mild", "tariff_shock"]) == both
    harder = stress_profile("mild+dropout:0.9")
    assert harder.dropout == STRESSORS["dropout"].at(0.9) != mild.dropout
    assert stress_profile(both) is both


def test_a_stressor_alone_has_the_severity_given_or_a_half() -> None:
    assert stress_profile("timeout").timeout == STRESSORS["timeout"].at(0.5)
    assert stress_profile("timeout:0.8").stressors == {"timeout": STRESSORS["timeout"].at(0.8)}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("midl", "no profile or stressor 'midl'; did you mean 'mild'?"),
        ("dropuot:0.5", "did you mean 'dropout'?"),
        ("mild-tariff_shock", "no stressor 'tariff_shock' in profile 'mild'; there are: sensor_noise"),
        ("mild:0.5", "takes no severity; give it to a stressor"),
        ("dropout:7", "severity 7 is outside 0..1; give a severity from 0 to 1"),
        ("dropout:0.1.2", "give a severity from 0 to 1"),
        ("", "write names joined by"),
        ("mild+", "write names joined by"),
        ("mild dropout", "write names joined by"),
    ],
)
def test_a_bad_name_is_told_with_the_remedy(text: str, says: str) -> None:
    with pytest.raises(StressNameError) as told:
        stress_profile(text)
    assert says in str(told.value)


@given(st.text(alphabet="abcdefghilmnorstu_+-:.0123456789 ", max_size=30))
def test_any_text_is_a_profile_or_a_told_problem(text: str) -> None:
    with suppress(StressNameError, TaskDocumentError):
        assert stress_profile(text).name == text


def test_a_file_builds_on_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "night-shift.yaml"
    path.write_text("base: mild\nwithout: [delay]\ndropout: 0.9\ntimeout: {share: 0.5, after_s: 12}\n")
    profile = stress_profile(str(path))
    assert profile.name == str(path)
    assert load_profile(path).name == "night-shift"
    assert profile.delay is None
    assert profile.dropout == STRESSORS["dropout"].at(0.9)
    assert profile.timeout is not None
    assert (profile.timeout.share, profile.timeout.after_s) == (0.5, 12)
    assert profile.terse_user == PROFILES["mild"].terse_user
    assert stress_profile(f"{path}+tariff_shock").tariff_shock is not None
    assert stress_profile(f"{path}-dropout").dropout is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("dropuot: 0.5", "no stressor 'dropuot' (field dropuot); did you mean 'dropout'?"),
        ("dropout: 4", "dropout: severity 4 is outside 0..1; give a severity from 0 to 1, or its fields"),
        ("dropout: often", "dropout: 'often' is neither a number nor a mapping"),
        (
            "timeout: {share: 1.5}",
            "timeout: share: Input should be less than or equal to 1 (found 1.5); its fields are",
        ),
        ("timeout: {shares: 1}", "timeout: shares: Extra inputs are not permitted"),
        ("base: midl", "base, without: no profile or stressor 'midl'; did you mean 'mild'?"),
        ("- dropout", "the file holds a list; it must be a dict"),
        ("a: [", "no YAML"),
    ],
)
def test_a_bad_file_is_told_with_its_path_and_the_remedy(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(TaskDocumentError) as told:
        stress_profile(str(path))
    assert says in str(told.value)
    assert "mine.yaml: " in str(told.value)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(TaskDocumentError, match=r"no such file; give a YAML file of stressors"):
        stress_profile("nowhere/mine.yaml")
