import pytest

from tools_api.docstring import read_docstring


def test_takes_a_google_docstring_apart():
    read = read_docstring(
        """Set the speed;
        refused above the maximum.

        More of it.

        Args:
            line: Line number: 1 to 3.
            speed: Target speed,
                in parts per hour.

        Returns:
            line: line number
            buffers: list of {buffer, level}
        """
    )
    assert read.description == "Set the speed; refused above the maximum. More of it."
    assert read.arguments == {"line": "Line number: 1 to 3.", "speed": "Target speed, in parts per hour."}
    assert read.returns == {"line": "line number", "buffers": "list of {buffer, level}"}


def test_an_entry_without_a_name_is_refused():
    with pytest.raises(ValueError, match="'the line number' is not 'name: text'"):
        read_docstring("Do it.\n\nArgs:\n    the line number\n")
