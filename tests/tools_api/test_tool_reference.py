from pathlib import Path

import pytest

from tools_api.catalog import SCENARIOS, specs
from tools_api.reference import reference_page, write_reference_pages

PAGES = Path(__file__).parents[2] / "docs" / "tools"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_page_in_the_documentation_is_the_generated_one(scenario):
    assert (PAGES / f"{scenario}.md").read_text(encoding="utf-8") == reference_page(scenario), "run `make docs`"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_page_tells_of_every_tool_argument_and_field(scenario):
    page = reference_page(scenario)
    for spec in specs(scenario):
        assert spec.signature() in page
        for name in (*(parameter.name for parameter in spec.parameters), *spec.returns):
            assert f"| `{name}` |" in page


def test_pages_are_written_into_a_folder(tmp_path):
    assert [page.name for page in write_reference_pages(tmp_path / "tools")] == [f"{name}.md" for name in SCENARIOS]
