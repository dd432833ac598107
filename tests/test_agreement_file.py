"""``toolkit agreement FILE``: any table of ratings is measured, or says why not; a mistake has a line."""

import json
import os
import random
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.agreement.levels import Scale
from toolkit.agreement.measures import MEASURES, OF_PAIRS
from toolkit.agreement.of_file import AgreementResult, agreement
from toolkit.cli.agreement import command
from toolkit.errors import ToolkitError

ROOT = Path(__file__).parent.parent


def toolkit(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-m", "toolkit", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def table(tmp_path: Path, rows: list[tuple[Any, Any, Any]], name: str = "ratings.csv") -> Path:
    file = tmp_path / name
    lines = [",".join(map(str, row)) for row in [("item", "rater", "value"), *rows]]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def json_lines(tmp_path: Path, rows: list[tuple[Any, Any, Any]]) -> Path:
    file = tmp_path / "ratings.jsonl"
    objects = [dict(zip(("item", "rater", "value"), row, strict=True)) for row in rows]
    file.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects), encoding="utf-8")
    return file


def both(values: list[tuple[Any, Any]]) -> list[tuple[Any, Any, Any]]:
    """Two raters, an item a pair of values."""
    return [(item, rater, value) for item, pair in enumerate(values) for rater, value in zip("ab", pair, strict=True)]


def outcome(result: AgreementResult) -> dict[str, Any]:
    return {name: figure.undefined or figure.value for name, figure in result.measures.items()}


# Degenerate tables: the stated word, never 1.0.

ONE_LABEL = both([("x", "x")] * 5)
ONE_RATER = [(item, "a", "xy"[item % 2]) for item in range(4)]
NO_OVERLAP = [(item, "ab"[item % 2], "x") for item in range(4)]
ALL_EMPTY = both([("", "")] * 3)


@pytest.mark.parametrize("level", get_args(Scale))
@pytest.mark.parametrize(
    ("rows", "word"),
    [
        (both([(1, 1)] * 5), "no variation"),
        ([(item, "a", item) for item in range(4)], "no overlap"),
        ([(item, "ab"[item % 2], 1) for item in range(4)], "no overlap"),
        (ALL_EMPTY, "no data"),
        ([], "no data"),
    ],
    ids=["one label", "one rater", "no shared item", "all skipped", "no rows"],
)
def test_what_cannot_be_measured_is_undefined_for_a_reason(
    tmp_path: Path, level: Scale, rows: list[tuple[Any, Any, Any]], word: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = agreement(table(tmp_path, rows), level=level)
    raw = result.measures["percent_agreement"]
    if word == "no variation":
        assert (raw.value, raw.units, raw.pairs) == (1.0, 5, 5)
        assert level != "nominal" or result.measures["uncertainty"].value == 0.0
    else:
        assert (raw.undefined, raw.units, raw.pairs) == (word, 0, 0)
    assert {figure.undefined for figure in result.measures.values()} - {None} == {word}
    defined = {name for name, figure in result.measures.items() if figure.undefined is None}
    assert defined <= ({"percent_agreement", "uncertainty"} if word == "no variation" else set())
    assert set(result.measures) == set(MEASURES[level])


@pytest.mark.parametrize(
    ("rows", "word"),
    [(ONE_LABEL, "no variation"), (ONE_RATER, "no overlap"), (NO_OVERLAP, "no overlap"), (ALL_EMPTY, "no data")],
)
def test_the_command_says_undefined_and_exits_0_without_a_warning(
    tmp_path: Path, rows: list[tuple[Any, Any, Any]], word: str
) -> None:
    file = table(tmp_path, rows)
    done = toolkit("agreement", file.name, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"undefined: {word}" in done.stdout


def test_a_constant_rater_gets_kappa_raw_agreement_and_ac1_side_by_side(tmp_path: Path) -> None:
    result = agreement(table(tmp_path, both([("no", "no")] * 95 + [("no", "yes")] * 5)))
    figures = outcome(result)
    assert (figures["cohen_kappa"], figures["percent_agreement"]) == (0.0, 0.95)
    assert figures["gwet_ac1"] > 0.94


def test_items_with_one_rating_are_left_out_of_alpha_and_counted(tmp_path: Path) -> None:
    result = agreement(table(tmp_path, [*both([("x", "x"), ("y", "x"), ("y", "y")]), ("alone", "a", "x")]))
    assert (result.items, result.units, result.single, result.pairs) == (4, 3, 1, 3)
    assert result.measures["alpha_nominal"].single == 1


def test_of_several_ratings_by_one_rater_the_last_counts_and_the_others_are_counted(tmp_path: Path) -> None:
    rows = [*both([("x", "x"), ("y", "y")]), (0, "a", "y"), (0, "a", "x"), (1, "b", "")]
    result = agreement(table(tmp_path, rows))
    assert (result.ratings, result.missing, result.repeated) == (3, 1, 3)
    assert result.account is not None
    assert result.account.sentence() == "7 rows = 3 ratings + 1 missing + 3 repeated"


def test_an_empty_value_is_missing_and_no_label(tmp_path: Path) -> None:
    result = agreement(json_lines(tmp_path, [*both([("x", "y"), ("x", None), ("x", " "), ("y", "y")])]))
    assert (result.ratings, result.missing, result.single) == (6, 2, 2)
    assert set(result.labels) == {"x", "y"}


def test_a_value_outside_the_order_is_an_error_with_its_line_and_no_new_category(tmp_path: Path) -> None:
    file = table(tmp_path, both([("low", "high"), ("hihg", "low")]))
    with pytest.raises(ToolkitError) as stop:
        agreement(file, order=("low", "medium", "high"))
    assert stop.value.code == "RATINGS-VALUE"
    assert stop.value.message.startswith("ratings.csv:4: 'hihg' is not in --order")


# What a file may look like.

JSON_LINES = """{"item":1,"rater":"a","value":"x"}
{"item":"1","rater":"b","value":"x","more":[1]}

{"rater":"a","item":2,"value":"y"}
{"rater":"b","item":2,"value":"x"}"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "item,rater,value\n1,a,x\n1,b,x\n2,a,y\n2,b,x\n"),
        ("a.csv", "\ufeffitem,rater,value\r\n1,a,x\r\n1,b,x\r\n2,a,y\r\n2,b,x\r\n"),
        ("a.csv", 'value;"item";note;rater\nx;1;"a;b";a\nx;1;"two\nlines";b\n\ny;2;;a\nx;2;;b'),
        ("a.csv", " Item ,RATER,Value,extra\n1,a, x ,\n1,b,x\n2 ,a,y,1\n2,b,x,2\n"),
        ("a.tsv", "item\trater\tvalue\n1\ta\tx\n1\tb\tx\n2\ta\ty\n2\tb\tx\n"),
        ("a.jsonl", JSON_LINES),
    ],
)
def test_tables_and_json_lines_of_any_usual_shape_give_the_same_figures(
    tmp_path: Path, name: str, content: str
) -> None:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8", newline="")
    result = agreement(file)
    assert (result.level, result.units, result.ratings) == ("nominal", 2, 4)
    assert result.measures["percent_agreement"].value == 0.5
    assert result.measures["alpha_nominal"].value == 0.0


def test_a_line_separator_of_unicode_ends_no_line_of_json(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"item":1,"rater":"a","value":"x\u2028y"}\n{"item":1,"rater":"b","value":"x\u2028y"}\r\n')
    assert agreement(file).measures["percent_agreement"].value == 1.0


def test_chinese_names_and_labels_stay_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "标注.csv"
    rows = "\n".join(f"条款{n},{who},{'违约' if n % 2 else '保密'}" for n in range(4) for who in ("王芳", "李雷"))
    file.write_text("item,rater,value\n" + rows, encoding="utf-8-sig")
    done = toolkit("agreement", file.name, "--json", cwd=tmp_path)
    shown = json.loads(done.stdout)
    assert shown["measures"]["alpha_nominal"]["value"] == 1.0
    assert set(shown["labels"]) == {"违约", "保密"}
    assert shown["by_pair"][0]["raters"] == ["李雷", "王芳"]
    assert "违约" in toolkit("agreement", file.name, cwd=tmp_path, TOOLKIT_LANG="zh").stdout


def test_a_list_in_json_or_a_bar_in_a_table_is_a_set(tmp_path: Path) -> None:
    rows = [("1", "c1", ["A", "B"]), ("1", "c2", ["A"]), ("2", "c1", ["B"]), ("2", "c2", ["B"]),
            ("3", "c1", ["A", "C"]), ("3", "c2", ["C"]), ("4", "c1", ["C"]), ("4", "c2", ["C", "A"])]  # fmt: skip
    of_json = agreement(json_lines(tmp_path, rows))
    of_table = agreement(table(tmp_path, [(item, rater, "|".join(value)) for item, rater, value in rows]))
    assert of_json.level == of_table.level == "set"
    assert of_json.measures == of_table.measures
    assert {name: round(figure.value or 0, 6) for name, figure in of_json.measures.items()} == {
        "alpha_masi": 0.357143,
        "alpha_jaccard": 0.470588,
        "alpha_nominal": 0.16,
        "percent_agreement": 0.25,
    }
    assert of_json.labels["A"].value == 0.5


def test_an_empty_set_is_an_answer_and_an_empty_cell_is_none(tmp_path: Path) -> None:
    lists = agreement(json_lines(tmp_path, both([([], []), (["x"], ["x"]), (["x"], None)])))
    bars = agreement(table(tmp_path, both([("|", "|"), ("x", "x"), ("x", "")])))
    assert lists.measures == bars.measures
    assert (lists.units, lists.missing) == (2, 1)
    assert lists.measures["alpha_masi"].value == 1.0


def test_words_of_an_order_are_places_and_keep_their_names(tmp_path: Path) -> None:
    names = {1: "low", 2: "medium", 3: "high"}
    pairs = [(1, 1), (2, 3), (3, 3), (1, 2), (3, 1)]
    words = agreement(table(tmp_path, both([(names[a], names[b]) for a, b in pairs])), order=tuple(names.values()))
    numbers = agreement(table(tmp_path, both(pairs)), level="ordinal")
    assert words.level == "ordinal"
    assert words.measures == numbers.measures
    assert set(words.labels) == set(names.values())
    assert set(numbers.labels) == {"1", "2", "3"}


def test_a_number_is_the_same_label_however_json_writes_it(tmp_path: Path) -> None:
    result = agreement(json_lines(tmp_path, both([(1, "1"), (2.0, 2), (True, "true")])), level="nominal")
    assert result.measures["percent_agreement"].value == 1.0


def test_documents_are_resampled_where_a_column_names_them(tmp_path: Path) -> None:
    source = random.Random(2)
    file = tmp_path / "r.csv"
    lines = ["item,rater,value,document,court"]
    for document in range(10):
        same = source.random() < 0.5
        for item in range(20):
            lines += [f"{document}-{item},a,{item % 2},d{document},c{document}"]
            lines += [f"{document}-{item},b,{item % 2 if same else 1 - item % 2},d{document},c{document}"]
    file.write_text("\n".join(lines))
    by_document, by_court = agreement(file), agreement(file, document="court")
    assert by_document.documents == 10
    assert by_document.measures == by_court.measures
    alone = tmp_path / "alone.csv"
    alone.write_text(file.read_text().replace("document", "folder"))
    items = agreement(alone)
    assert items.documents == 200
    wide, narrow = (one.measures["alpha_nominal"] for one in (by_document, items))
    assert wide.value == narrow.value
    assert (wide.high or 0) - (wide.low or 0) > 2 * ((narrow.high or 0) - (narrow.low or 0))


def test_the_same_item_of_two_documents_is_two_items(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text("document,item,rater,value\nA,1,a,x\nA,1,b,x\nB,1,a,y\nB,1,b,y\n")
    assert (agreement(file).items, agreement(file).repeated) == (2, 0)


# Mistakes: one message with the line, and a hint.

MISTAKES: list[tuple[str, bytes, dict[str, Any], str, str]] = [
    ("a.csv", b"task,worker,label\n1,a,x\n", {}, "RATINGS-COLUMNS",
     "a.csv:1: there is no column item, rater, value; there are 'task', 'worker', 'label'"),
    ("a.csv", b"item,rater,value,value\n1,a,x,y\n", {}, "RATINGS-COLUMNS", "two columns have the same name"),
    ("a.csv", b"item,rater,value\n1,a,x\n", {"document": "court"}, "RATINGS-COLUMNS", "no column court"),
    ("a.csv", b"item,rater,value\n1,a,x,y\n", {}, "RATINGS-LINE", "a.csv:2: more cells than columns"),
    ("a.csv", b'item,rater,value\n1,a,x\n1,b,"x\n2,a,y\n', {}, "RATINGS-LINE", "no CSV"),
    ("a.csv", b"item,rater,value\n1,,x\n", {}, "RATINGS-LINE", "a.csv:2: rater is '', not a name"),
    ("a.csv", b'item,rater,value\n"1\n2",a,4\n3,a,x\n', {"level": "interval"}, "RATINGS-VALUE", "a.csv:4: 'x' is not"),
    ("a.csv", b'item,rater,value\n"1\n2",a,x\n', {"level": "interval"}, "RATINGS-VALUE", "a.csv:2: 'x' is not"),
    ("a.csv", "item,rater,value\n1,a,是\n".encode("gb18030"), {}, "RATINGS-ENCODING", "is not UTF-8: byte 21"),
    ("a.csv", b"PK\x03\x04\xff\xfe", {}, "RATINGS-ENCODING", "is not UTF-8"),
    ("a.csv", b"item,rater,value\n1,a,NaN\n", {"level": "interval"}, "RATINGS-VALUE", "'NaN' is not a number"),
    ("a.csv", b"item,rater,value\n1,a,1e999\n", {"level": "ratio"}, "RATINGS-VALUE", "'1e999' is not a number"),
    ("a.csv", b"item,rater,value\n1,a,1_0\n", {"level": "ordinal"}, "RATINGS-VALUE", "'1_0' is not a number"),
    ("a.csv", b"item,rater,value\n1,a,-1\n", {"level": "ratio"}, "RATINGS-VALUE", "a.csv:2: '-1' is below zero"),
    ("a.csv", b"item,rater,value\n1,a,x\n", {"order": ("x", "x")}, "RATINGS-ORDER", "twice"),
    ("a.csv", b"item,rater,value\n1,a,x\n", {"order": ("x",), "level": "ratio"}, "RATINGS-ORDER", "--level ratio"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":"x"}\n{"item":1,\n', {}, "RATINGS-LINE", "a.jsonl:2: no JSON"),
    ("a.jsonl", b'["item"]\n', {}, "RATINGS-LINE", "a.jsonl:1: no JSON: not an object"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":NaN}\n', {}, "RATINGS-LINE", "a.jsonl:1: no JSON: NaN"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":' + b"[" * 100_000, {}, "RATINGS-LINE", "a.jsonl:1: no JSON"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":' + b"1" * 5_000 + b"}", {}, "RATINGS-LINE", "a.jsonl:1: no JSON"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":1' + b"0" * 400 + b"}", {"level": "ratio"}, "RATINGS-VALUE", "not a"),
    ("a.jsonl", b'{"item":1,"value":"x"}\n', {}, "RATINGS-COLUMNS", "a.jsonl:1: there is no column rater"),
    ("a.jsonl", b'{"item":{},"rater":"a","value":"x"}\n', {}, "RATINGS-LINE", "item is '{}', not a name"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":["x"]}\n', {"level": "nominal"}, "RATINGS-VALUE", "is not a label"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":{"x":1}}\n', {}, "RATINGS-VALUE", "is not a label"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":"\\ud800"}\n', {}, "RATINGS-VALUE", "is not a label"),
    ("a.jsonl", b'{"item":1,"rater":"a","value":true}\n', {"level": "ratio"}, "RATINGS-VALUE", "not a number"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "options", "code", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_a_hint(
    tmp_path: Path, name: str, content: bytes, options: dict[str, Any], code: str, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ToolkitError) as stop:
        agreement(tmp_path / name, **options)
    assert (stop.value.code, stop.value.exit_code) == (code, 1)
    assert message in stop.value.message
    assert stop.value.hint
    stop.value.message.encode()


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_a_file_that_cannot_be_read_is_one_message(tmp_path: Path, name: str) -> None:
    done = toolkit("agreement", name, cwd=tmp_path)
    assert done.returncode == 1
    assert "PATH-MISSING" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_file_without_a_byte_has_no_data(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert agreement(tmp_path / name).measures["alpha_nominal"].undefined == "no data"


@pytest.mark.parametrize("level", ["ordinal", "interval", "ratio"])
def test_numbers_as_large_or_small_as_a_float_are_measured(tmp_path: Path, level: Scale) -> None:
    rows = both([("1e308", "1.7e308"), ("0", "0"), ("5e-324", "1e-323"), ("1", "1"), ("1e308", "1e308")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = agreement(table(tmp_path, rows), level=level)
    assert all(figure.value is not None for figure in result.measures.values())


# The command's promises.


def test_the_json_is_one_object_with_value_and_interval_of_each_measure(tmp_path: Path) -> None:
    source = random.Random(4)
    rows = [(item, rater, source.choice("xy")) for item in range(60) for rater in "abc"]
    done = toolkit("agreement", table(tmp_path, rows).name, "--json", cwd=tmp_path)
    shown = json.loads(done.stdout)
    for figure in shown["measures"].values():
        assert {"value", "low", "high", "units", "pairs", "raters"} <= set(figure)
    alpha = shown["measures"]["alpha_nominal"]
    assert alpha["low"] < alpha["value"] < alpha["high"]
    assert (shown["level"], shown["units"], shown["pairs"], shown["raters"]) == ("nominal", 60, 180, 3)
    assert [row["rater"] for row in shown["by_rater"]] == ["a", "b", "c"]
    assert len(shown["by_pair"]) == 3
    again = toolkit("agreement", "ratings.csv", "--json", cwd=tmp_path)
    assert (again.stdout, done.returncode) == (done.stdout, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ratings.csv"]


def test_the_levels_of_the_command_are_those_that_have_measures() -> None:
    choices = next(one for one in command.params if one.name == "level").type
    assert tuple(choices.choices) == get_args(Scale) == tuple(MEASURES)  # type: ignore[attr-defined]
    assert all(name in MEASURES[level] for level, name in OF_PAIRS.items())


def test_each_value_and_each_rater_has_the_agreement_that_counting_finds(tmp_path: Path) -> None:
    source = random.Random(9)
    given = {(item, rater): source.choice("xxyz") for item in range(40) for rater in "abcd" if source.random() < 0.8}
    result = agreement(table(tmp_path, [(item, rater, value) for (item, rater), value in given.items()]))
    pairs = [
        ((one, given[item, one]), (other, given[item, other]))
        for item in range(40)
        for one in "abcd"
        for other in "abcd"
        if one < other and (item, one) in given and (item, other) in given
    ]
    for label in "xyz":
        uses = [(one == label) + (other == label) for (_, one), (_, other) in pairs]
        assert result.labels[label].value == pytest.approx(2 * uses.count(2) / sum(uses))
    for row in result.by_rater:
        mine = [one[1] == other[1] for one, other in pairs if row.rater in {one[0], other[0]}]
        assert row.percent_agreement.value == pytest.approx(sum(mine) / len(mine))
        assert row.percent_agreement.pairs == len(mine)
    for both_of in result.by_pair:
        equal = [one[1] == other[1] for one, other in pairs if {one[0], other[0]} == set(both_of.raters)]
        assert both_of.measures["percent_agreement"].value == pytest.approx(sum(equal) / len(equal))
        assert both_of.measures["cohen_kappa"].units == len(equal)


def test_a_crowd_is_measured_and_the_rows_left_out_are_counted(shared_data: Path, tmp_path: Path) -> None:
    import csv

    with (shared_data / "agreement" / "crowdtruth" / "mace_rte.standardized.csv").open(encoding="utf-8") as file:
        matrix = list(csv.reader(file))
    rows = [(item, f"w{rater}", value) for item, row in enumerate(matrix) for rater, value in enumerate(row) if value]
    started = time.process_time()
    result = agreement(table(tmp_path, rows))
    assert time.process_time() - started < 20
    assert (result.units, result.raters, result.single) == (800, 164, 0)
    assert (len(result.by_rater), result.left_out["by_rater"]) == (100, 64)
    assert (len(result.by_pair), result.left_out["labels"]) == (200, 0)
    assert result.left_out["by_pair"] > 0


cells = st.none() | st.text(max_size=3) | st.integers() | st.floats() | st.booleans() | st.lists(st.text(max_size=2))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), cells), max_size=12),
    level=st.sampled_from(get_args(Scale)),
)
def test_any_values_are_measured_or_refused_never_a_crash_or_a_warning(
    tmp_path: Path, rows: list[tuple[Any, Any, Any]], level: Scale
) -> None:
    file = tmp_path / "any.jsonl"
    objects = [dict(zip(("item", "rater", "value"), row, strict=True)) for row in rows]
    file.write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = agreement(file, level=level)
        except ToolkitError:
            return
    json.dumps(result.model_dump(mode="json"), allow_nan=False, ensure_ascii=False).encode()
    assert result.account is not None
