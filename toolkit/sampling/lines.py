"""Files of JSON Lines that a person may have made: each line becomes a model, or the error names it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from toolkit.errors import ToolkitError
from toolkit.workspace import numbered_lines

M = TypeVar("M", bound=BaseModel)


def models_in(file: Path, model: type[M], refused: Callable[[int, str], ToolkitError]) -> Iterator[M]:
    """Yield the rows of a file.

    Args:
        file: the file; a blank line is no row.
        model: what a row has to be.
        refused: the number of a line that is none, and what is wrong with it, to the error that is raised.
    """
    for number, line in numbered_lines(file):
        try:
            yield model.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "JSON"
            raise refused(number, f"{place}: {first['msg']}") from error
