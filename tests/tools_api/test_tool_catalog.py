import pytest

from tools_api.catalog import SCENARIOS, catalogue_hash, specs, tools

READINGS = {
    "get_line_status", "get_station_status", "get_sensor_history", "get_kpi", "list_alarms", "list_orders",
    "get_order", "get_recipe", "get_quality_report",
}  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_has_twenty_tools_and_wait(scenario):
    names = [spec.name for spec in specs(scenario)]
    assert len(names) == len(set(names)) == 21
    assert names[-1] == "wait"
    assert 4 <= len({spec.device for spec in specs(scenario) if spec.name != "wait"}) <= 6


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_cards_are_short_single_lines(scenario):
    for spec in specs(scenario):
        assert "\n" not in spec.card()
        assert len(spec.description) <= 120
        assert all(parameter.description.endswith(".") for parameter in spec.parameters)


def test_production_reads_and_acts_as_told():
    for spec in specs("production"):
        if spec.name != "wait":
            assert spec.mutates == (spec.name not in READINGS)
            assert spec.duration_s == (5.0 if spec.mutates else 2.0)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_everything_about_a_scenario_is_the_same_each_time(scenario):
    assert [spec.card() for spec in specs(scenario)] == [spec.card() for spec in specs(scenario)]
    assert catalogue_hash(scenario) == catalogue_hash(scenario)
    assert len(catalogue_hash(scenario)) == 64


def test_an_unknown_scenario_is_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="no scenario 'produktion'; did you mean 'production'"):
        tools("produktion")
    with pytest.raises(ValueError, match="no scenario 'x'; there are production"):
        specs("x")
