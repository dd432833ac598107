"""The model of annotators: the paper's own figures, what holds for any ratings, and a peer's figures on real ones."""

from typing import Any

import numpy as np

from toolkit.agreement.dawid_skene import dawid_skene
from toolkit.agreement.table import Table

# Dawid and Skene (1979), table 1: 45 patients, five anaesthetists, the first of whom judged three times. One word a
# patient: his three judgments, then the others'. Copied from the table in dallascard/dawid_skene on GitHub;
# data/anesthesia in jeffreypullin/rater has the same, but for one of the first's judgments of patient 7.
PATIENTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343 1111111 2223212 1211111
1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222 1111111 1111111 1121121
1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""


def patients(raters: str) -> Table:
    codes = np.array([[int(one) - 1 for one in word] for word in PATIENTS.split()])
    return Table((1, 2, 3, 4), codes, np.arange(45), tuple(raters))


def majority(table: Table) -> Any:
    counts = np.stack([(table.codes == code).sum(axis=1) for code in range(len(table.values))], axis=1)
    return counts.argmax(axis=1)


def test_the_papers_patients_come_out_as_published() -> None:
    model = dawid_skene(patients("aaabcde"))
    assert np.round(model.priors, 2).tolist() == [0.4, 0.42, 0.11, 0.07]
    assert np.bincount(model.labels()).tolist() == [18, 19, 5, 3]
    assert model.converged
