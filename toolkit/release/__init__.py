"""Release: records to datasets. Splits without leaks, formats, card and manifest."""

from toolkit.release.build import ConvertResult, convert
from toolkit.release.dataset import Dataset, list_datasets, load_dataset_rows, open_dataset
from toolkit.release.formats import FORMATS, Format
from toolkit.release.splits import SPLITS, components

__all__ = [
    "FORMATS",
    "SPLITS",
    "ConvertResult",
    "Dataset",
    "Format",
    "components",
    "convert",
    "list_datasets",
    "load_dataset_rows",
    "open_dataset",
]
