"""PubMedQA's expert-labelled questions as a round: two judgments of each, given separately, and what is right.

One judge saw the abstract with its conclusion, the other without; 508 of the 716 pairs are equal.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from toolkit.documents import ingest
from toolkit.passages import load_passages, segment
from toolkit.workspace import Workspace, init

JUDGES = {"ann": "reasoning_free_pred", "ben": "reasoning_required_pred"}
SCHEMA = '''\
"""Does the abstract answer its question with yes?"""

from typing import Literal

from toolkit.schema import Bilingual, Schema, asked

LABELS = {"yes": ("Yes", "是"), "no": ("No", "否"), "maybe": ("Maybe", "不确定")}


class Question(Schema):
    """One answer."""

    title = Bilingual("Question", "问题")
    instruction = Bilingual("Answer the question from the abstract.", "请根据摘要回答问题。")

    answer: Literal["yes", "no", "maybe"] = asked("Answer", "回答", labels=LABELS)
'''
SETTINGS = """\
documents:
  tables: row
  fields:
    - text: [question, contexts.*]
      title: pmid
      meta: [pmid]
"""


class Judged(NamedTuple):
    """A round's questions by passage: what each judge says, and what is right."""

    workspace: Workspace
    said: dict[str, dict[str, str]]
    truth: dict[str, str]

    @property
    def differing(self) -> set[str]:
        """The passages that the judges answer differently."""
        return {passage for passage, said in self.said.items() if len(set(said.values())) > 1}

    @property
    def texts(self) -> dict[str, str]:
        """Text to passage; no two are equal."""
        return {passage.text: passage.id for passage in load_passages(self.workspace)}


def judged(folder: Path, shared_data: Path, size: int | None = None) -> Judged:
    """Ingest the questions, one passage each; the folder's name tells its projects from everybody else's."""
    rows: dict[str, dict[str, Any]] = json.loads((shared_data / "medical/pubmedqa/ori_pqal.json").read_text("utf-8"))
    chosen = sorted(rows)[:size]
    init(folder, policy="none")
    workspace = Workspace(folder)
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "schemas" / "question.py").write_text(SCHEMA, encoding="utf-8")
    with (folder / "toolkit.yaml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    with (folder / "raw" / "questions.jsonl").open("w", encoding="utf-8") as file:
        for pmid in chosen:
            row = {"pmid": pmid, "question": rows[pmid]["QUESTION"], "contexts": rows[pmid]["CONTEXTS"]}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    ingest(workspace, paths=[folder / "raw"])
    segment(workspace, by="window", max_characters=20_000)
    of = {str(passage.meta["pmid"]): passage.id for passage in load_passages(workspace)}
    assert len(of) == len(chosen), "one passage for each question"
    said = {of[pmid]: {name: rows[pmid][key] for name, key in JUDGES.items()} for pmid in chosen}
    return Judged(workspace, said, {of[pmid]: rows[pmid]["final_decision"] for pmid in chosen})
