"""Training: the sanity run and its verdict. The only code that imports torch, transformers or peft."""

from toolkit.training.control import Gap, Verdict, gap_of, judge
from toolkit.training.sanity import TrainResult, train

__all__ = ["Gap", "TrainResult", "Verdict", "gap_of", "judge", "train"]
