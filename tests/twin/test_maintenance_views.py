"""What the shop's looks answer."""

from __future__ import annotations

from typing import Any

import pytest

from twin.catalog import warmed_up
from twin.core import Twin
from twin.errors import NotFound, OutOfRange, TwinError, UnknownVariable
from twin.faults import Fault, FaultPlan
from twin.maintenance import manual
from twin.maintenance.machines import ASSETS, CLASSES
from twin.maintenance.workshop import PARTS, TASKS, TECHNICIANS, TESTS


@pytest.fixture
def shop() -> Twin:
    return warmed_up("maintenance", seed=1, warmup_s=14400)


def test_there_are_sixteen_assets_of_six_classes(shop: Twin) -> None:
    answer = shop.view("list_assets")
    assert answer["count"] == len(ASSETS) == 16
    assert len({row["asset_class"] for row in answer["assets"]}) == 6
    assert shop.view("list_assets", asset_class="pump")["count"] == 3
    assert [row["asset"] for row in shop.view("list_assets", state="standby")["assets"]] == ["P-102", "C-402", "V-703"]
    assert all(len(kind.modes) >= 3 for kind in CLASSES)


@pytest.mark.parametrize("asset", [asset.name for asset in ASSETS])
def test_a_sound_machine_stays_clear_of_its_limits(shop: Twin, asset: str) -> None:
    answer = shop.view("get_condition", asset=asset)
    kind = next(kind for kind in CLASSES if kind.name == shop.view("get_asset", asset=asset)["asset_class"])
    assert [name for name in answer if name in kind.sensors] == list(kind.sensors)
    assert answer["iso_zone"] == ("none" if kind.zones is None else "A")
    assert answer["worst_sensor"] == "none"
    if answer["state"] == "running":
        for sensor, config in kind.sensors.items():
            assert answer[sensor] > config.warning if config.falls else answer[sensor] < config.warning


def test_a_record_tells_the_past(shop: Twin) -> None:
    for each in ASSETS:
        record = shop.view("get_asset", asset=each.name)
        assert record["failures"] == len(record["history"]) >= 1
        assert record["last_cause"] == record["history"][0]["cause"]
        assert [line["time"] for line in record["history"]] == sorted(
            (line["time"] for line in record["history"]), reverse=True
        )
        assert record["mtbf_h"] == pytest.approx(record["running_hours"] / record["failures"], abs=0.1)
        assert record["mttr_h"] > 0


def test_history_sums_up(shop: Twin) -> None:
    answer = shop.view("get_condition_history", asset="P-201", sensor="temperature_c", hours=4)
    assert answer["minimum"] <= answer["mean"] <= answer["maximum"]
    assert answer["latest"] == shop.view("get_condition", asset="P-201")["temperature_c"]
    plan = FaultPlan(faults=(Fault(kind="bearing_wear", target="P-201", start_s=14400, severity=0.8),))
    worn = warmed_up("maintenance", seed=1, warmup_s=14400, faults=plan)
    worn.advance(1800)
    rising = worn.view("get_condition_history", asset="P-201", sensor="vibration_mm_s", hours=1)
    assert rising["trend_per_h"] > 3
    assert rising["maximum"] > 6 > rising["minimum"]


@pytest.mark.parametrize(
    ("view", "arguments", "error", "words"),
    [
        ("get_asset", {"asset": "P-11"}, NotFound, "no asset 'P-11'; did you mean 'P-101'?"),
        ("get_condition", {"asset": ""}, NotFound, "no asset ''; known: P-101"),
        ("list_assets", {"asset_class": "pumps"}, NotFound, "did you mean 'pump'"),
        ("list_assets", {"state": "broken"}, NotFound, "no asset state 'broken'"),
        ("get_condition_history", {"asset": "P-101", "sensor": "oil_ppm"}, NotFound, "P-101 has no sensor 'oil_ppm'"),
        ("get_condition_history", {"asset": "P-101", "sensor": "vibration"}, NotFound, "did you mean 'vibration_mm_s'"),
        (
            "get_condition_history",
            {"asset": "P-101", "sensor": "current_a", "hours": 25},
            OutOfRange,
            "hours=25 is above 24; allowed 1..24",
        ),
        ("get_spare_part", {"part": "BRG-6208"}, NotFound, "did you mean 'BRG-6205'"),
        ("list_technicians", {"skill": "welding"}, NotFound, "no skill 'welding'"),
        ("list_work_orders", {"work_order": "WO-1001"}, NotFound, "no work order 'WO-1001'; known: none"),
        ("list_work_orders", {"state": "open"}, NotFound, "no work order state 'open'"),
        ("list_alarms", {"asset": "X-1"}, NotFound, "no asset 'X-1'"),
        ("verify_repair", {"work_order": "WO-7"}, NotFound, "no work order 'WO-7'"),
    ],
)
def test_wrong_names(shop: Twin, view: str, arguments: dict[str, Any], error: type[TwinError], words: str) -> None:
    with pytest.raises(error) as caught:
        shop.view(view, **arguments)
    assert words in caught.value.message


def test_parts_fit_their_machines(shop: Twin) -> None:
    assert shop.view("list_spare_parts")["count"] == len(PARTS)
    gearbox = [row["part"] for row in shop.view("list_spare_parts", asset="G-501")["parts"]]
    assert gearbox == ["SHM-KIT", "OIL-220", "GER-M4", "KIT-OVH"]
    low = shop.view("list_spare_parts", below_reorder=True)
    assert low["count"] == low["below_reorder_count"]
    assert low["count"] + shop.view("list_spare_parts", below_reorder=False)["count"] == len(PARTS)
    assert shop.view("get_spare_part", part="OIL-46")["lead_time_h"] == 2.0


def test_shifts(shop: Twin) -> None:
    morning = shop.view("list_technicians")
    assert (morning["count"], morning["available_count"], morning["first_available"]) == (len(TECHNICIANS), 3, "T-1")
    assert shop.view("list_technicians", skill="electrical")["first_available"] == "T-3"
    shop.advance(4 * 3600)
    assert shop.view("list_technicians", skill="electrical")["first_available"] == "T-4"
    shop.advance(8 * 3600)
    assert shop.view("list_technicians")["first_available"] == "none"


def test_a_work_order_is_told_alone_or_in_the_list(shop: Twin) -> None:
    assert shop.view("list_work_orders") == {"count": 0, "open_count": 0, "newest": "none", "work_orders": []}
    shop.command("create_work_order", asset="P-101", task="realign", priority="high")
    shop.command("create_work_order", asset="F-601", task="balance")
    shop.command("update_work_order", work_order="WO-1002", action="cancel")
    answer = shop.view("list_work_orders")
    assert (answer["count"], answer["open_count"], answer["newest"]) == (2, 1, "WO-1002")
    assert shop.view("list_work_orders", asset="P-101")["count"] == 1
    assert shop.view("list_work_orders", state="cancelled")["newest"] == "WO-1002"
    one = shop.view("list_work_orders", work_order="WO-1001")
    assert (one["task"], one["parts_ready"], one["technician"]) == ("realign", "no", "none")
    assert one["work_orders"] == [{name: one[name] for name in one["work_orders"][0]}]
    assert shop.view("list_work_orders", work_order="WO-1001", asset="F-601")["count"] == 0


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("pump vibration bearing frequency", "Pump bearing wear"),
        ("twice running speed on a pump", "Pump misalignment"),
        ("motor is too hot, hot spot", "Motor winding degradation"),
        ("insulation", "Motor winding degradation"),
        ("compressor suction pressure low", "Compressor intake filter clogged"),
        ("gear mesh sidebands", "Gearbox tooth wear"),
        ("fan once running speed", "Fan unbalance"),
        ("valve sticks", "Valve stiction"),
        ("how do I lock out an asset", "Isolation and lock-out"),
        ("when does the late shift start", "Shifts and skills"),
        ("ISO zones", "Vibration zones (ISO 20816)"),
        ("stuck sensor", "Sensor that drifts or sticks"),
        ("reorder point of parts", "Spare parts and the store"),
    ],
)
def test_the_manual_is_found(shop: Twin, query: str, title: str) -> None:
    answer = shop.view("search_manual", query=query)
    assert title in [section["title"] for section in answer["sections"][:2]]
    assert 0 < len(answer["text"]) <= 400
    assert answer["count"] >= len(answer["sections"]) >= 1


def test_the_manual_knows_nothing_of_cooking(shop: Twin) -> None:
    for query in ("spaghetti carbonara", "", "the of and", "\x00\ud800"):
        assert shop.view("search_manual", query=query) == {"count": 0, "title": "none", "text": "none", "sections": []}


def test_the_manual_names_every_cause_with_its_test_and_its_task() -> None:
    sections = manual.sections()
    assert 28 <= len(sections) <= 40
    assert len({section.title for section in sections}) == len(sections)
    text = " ".join(section.text for section in sections)
    for kind in CLASSES:
        for mode in kind.modes:
            own = [section for section in sections if section.title.lower().startswith(kind.name)]
            task = next(task for task in TASKS if mode.name in task.repairs and kind.name in task.classes)
            fitting = [section for section in own if task.name in section.text]
            assert fitting, (kind.name, mode.name)
            section = next(each for each in fitting if any(word in each.text for word in mode.findings.values()))
            part = task.parts.get(kind.name)
            assert part is None or part in section.text
            assert task.skill in section.text
            assert len(section.text) <= manual.TEXT_LENGTH
    assert all(test.name in text for test in TESTS)


def test_variables_are_what_the_sensors_say(shop: Twin) -> None:
    condition = shop.view("get_condition", asset="C-401")
    for sensor in ("vibration_mm_s", "temperature_c", "current_a", "flow_pct", "oil_ppm"):
        assert shop.read(f"C-401.{sensor}") == condition[sensor]
    assert shop.read("C-401.running") == 1.0
    assert [name for name, variable in shop.variables.items() if variable.writable] == [
        f"{asset.name}.duty_pct" for asset in ASSETS
    ]
    for name, variable in shop.variables.items():
        assert variable.low <= shop.read(name) <= variable.high
    with pytest.raises(UnknownVariable, match="oil_ppm"):
        shop.read("C-401.oil")
    with pytest.raises(TwinError, match="measured only"):
        shop.write("C-401.oil_ppm", 1)
