from __future__ import annotations

from typing import Any

import pytest

from scenarios.catalog import question_reader, slots, templates
from scenarios.goals import Fact
from scenarios.readings import Reading, readings
from scenarios.reporting import Report
from scenarios.trajectory import Entry
from tools_api.catalog import specs
from tools_api.messages import ToolCall, ToolResult

SPECS = {spec.name: spec for spec in specs("energy")}


def read(tool: str, arguments: dict[str, Any], data: dict[str, Any]) -> list[Reading]:
    call = Entry(time_s=0, item=ToolCall(name=tool, arguments=arguments))
    return readings(
        [call, Entry(time_s=0, item=ToolResult(name=tool, ok=True, data={**arguments, **data}))],
        SPECS,
    )


def told(message: str, tool: str, arguments: dict[str, Any], data: dict[str, Any], unit: str | None = None) -> bool:
    """Whether a message tells the first field of an answer."""
    fact = Fact(tool=tool, arguments=arguments, field=next(iter(data)), unit=unit)
    return Report(message, [], read(tool, arguments, data), SPECS, lambda *_: None).tells(fact, arguments)[0]


@pytest.mark.parametrize(
    ("field", "value", "right", "wrong"),
    [
        ("price_ct_kwh", 12.5, "It costs 12.5 ct.", "It costs 12.5 EUR."),
        ("price_ct_kwh", 12.5, "0.125 EUR/kWh", "0.135 EUR/kWh"),
        ("price_ct_kwh", 30.0, "30 cents per kilowatt-hour", "30 kWh"),
        ("demand_charge_eur_kw", 9.5, "9.5 euros per kW", "9.5 kW"),
    ],
)
def test_prices_are_told_with_their_units(field: str, value: float, right: str, wrong: str) -> None:
    assert told(right, "get_tariff", {}, {field: value})
    assert not told(wrong, "get_tariff", {}, {field: value})


@pytest.mark.parametrize(
    ("field", "value", "right", "wrong"),
    [
        ("total_eur", 447.4, "447.40 € in all", "447.4 kWh"),
        ("carbon_kg", 442.2, "442 kilograms", "442.2 EUR"),
        ("carbon_intensity_g_kwh", 365.0, "365 g/kWh", "365 kWh"),
        ("peak_import_kw", 715.5, "715.5 kilowatts", "715.5 kWh"),
    ],
)
def test_costs_are_told_with_their_units(field: str, value: float, right: str, wrong: str) -> None:
    assert told(right, "get_costs", {"hours": 2}, {field: value})
    assert not told(wrong, "get_costs", {"hours": 2}, {field: value})


@pytest.mark.parametrize("message", ["0.985 p.u.", "0.985 per unit", "0.985 pu at weld", "about 0.98 per unit"])
def test_a_voltage_per_unit_is_told(message: str) -> None:
    assert told(message, "get_bus_voltage", {"bus": "weld"}, {"voltage_pu": 0.985})


@pytest.mark.parametrize("message", ["1.0 per unit", "1 p.u.", "0.985 kW", "0.96 per unit"])
def test_a_voltage_per_unit_is_not_rounded_away(message: str) -> None:
    assert not told(message, "get_bus_voltage", {"bus": "weld"}, {"voltage_pu": 0.985})


def test_volts_and_amperes_are_told() -> None:
    assert told("It has 394.1 V.", "get_bus_voltage", {"bus": "weld"}, {"voltage_v": 394.1})
    assert told("It carries 202 A.", "get_line_loading", {"line": "line6"}, {"current_a": 202.2})


def test_a_named_line_is_the_line_of_its_number() -> None:
    loading = {"loading_pct": 61.4}
    for right in ("line3 is at 61.4 %.", "Line 3 carries 61.4 %.", "The third line is loaded to 61.4 percent."):
        assert told(right, "get_line_loading", {"line": "line3"}, loading), right
    assert not told("line4 is at 61.4 %.", "get_line_loading", {"line": "line3"}, loading)
    assert told("Line 3 is loaded most.", "get_grid_status", {}, {"highest_loading_line": "line3"})


def test_a_time_of_day_is_told_by_the_clock() -> None:
    change = {"next_change": "2026-01-05T08:00:00"}
    for right in ("It changes at 08:00.", "at 8:00", "at 2026-01-05T08:00:00"):
        assert told(right, "get_tariff", {}, change), right
    for wrong in ("It changes at 09:00.", "at 08:00 or 09:00", "It changes soon."):
        assert not told(wrong, "get_tariff", {}, change), wrong


@pytest.mark.parametrize(
    ("tool", "arguments", "data", "right", "wrong"),
    [
        ("get_battery", {}, {"state": "charging"}, "It is being charged.", "It is discharging."),
        ("get_battery", {}, {"state": "idle"}, "The battery rests.", "The battery is charging."),
        ("get_tariff", {}, {"period": "off_peak"}, "It is off-peak.", "It is peak."),
        ("get_tariff", {}, {"period": "peak"}, "We are in the peak period.", "The period is off-peak."),
        ("get_grid_status", {}, {"event": "none"}, "There is no event.", "The event is outage."),
        ("get_bus_voltage", {"bus": "weld"}, {"band": "ok"}, "The voltage is fine.", "The voltage is too low."),
        ("get_load_profile", {"load": "hvac"}, {"state": "shed"}, "The hvac is switched off.", "The hvac is on."),
    ],
)
def test_states_are_told_in_other_words(
    tool: str, arguments: dict[str, Any], data: dict[str, Any], right: str, wrong: str
) -> None:
    assert told(right, tool, arguments, data)
    assert not told(wrong, tool, arguments, data)


def test_a_charger_in_a_list_is_the_charger_itself() -> None:
    seen = read("get_ev_chargers", {}, {"count": 1, "chargers": [{"charger": "ev2", "energy_needed_kwh": 17.3}]})
    fact = Fact(tool="get_ev_chargers", arguments={"charger": "ev2"}, field="energy_needed_kwh")
    report = Report("ev2 still needs 17.3 kWh.", [], seen, SPECS, lambda *_: None)
    assert report.tells(fact, {"charger": "ev2"})[0]


# What a reasonable agent may ask -> the slot that was left out -> what it asks for (None: just that slot).
PHRASINGS: list[tuple[str, str, set[str] | None]] = [
    ("Which load should I shed?", "load", None),
    ("What load do you want me to switch off?", "load", None),
    ("hvac, lighting or cooling?", "load", None),
    ("Please name the load.", "load", None),
    ("At which power should the battery discharge?", "power_kw", None),
    ("How many kW should the battery deliver?", "power_kw", None),
    ("How much power do you want from the battery?", "power_kw", None),
    ("What power, in kW, -250 to 250?", "power_kw", None),
    ("What discharge power would you like?", "power_kw", None),
    ("Please specify power_kw.", "power_kw", None),
    ("By how many hours should the furnace be delayed?", "hours", None),
    ("How long should I delay the furnace?", "hours", None),
    ("How much later should the compressor start?", "hours", None),
    ("Which charger should be set to 5 kW?", "charger", None),
    ("For which charger is that, ev1, ev2, ev3 or ev4?", "charger", None),
    ("Which charging point do you mean?", "charger", None),
    ("What should the new import limit be?", "limit_kw", None),
    ("To how many kW should I set the import limit?", "limit_kw", None),
    ("What limit do you want?", "limit_kw", None),
    ("Which bus should I read?", "bus", None),
    ("At which bus do you need the voltage?", "bus", None),
    ("What is the name of the bus, please?", "bus", None),
    ("Which one do you mean?", "charger", None),
    ("Shall I shed the hvac?", "load", set()),
    ("Do you want me to set charger ev2 to 5 kW?", "charger", set()),
    ("At what power should charger ev2 charge?", "power_kw", None),
    ("Is there anything else I can do?", "load", set()),
]


def test_reasonable_questions_are_understood() -> None:
    reader = question_reader("energy")
    wrong = [
        (text, reader.read(text, {slot}, {slot}).slots)
        for text, slot, asked in PHRASINGS
        if set(reader.read(text, {slot}, {slot}).slots) != ({slot} if asked is None else asked)
    ]
    assert not wrong


@pytest.mark.parametrize("slot", sorted(slots("energy")))
def test_every_written_question_asks_for_its_slot(slot: str) -> None:
    for question in slots("energy")[slot].questions:
        assert question_reader("energy").read(question, {slot}, {slot}).slots == (slot,), question


def test_every_slot_that_a_user_knows_has_words() -> None:
    for task in templates("energy"):
        assert task.user.knows.keys() <= slots("energy").keys()
