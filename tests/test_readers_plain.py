"""HTML inside Markdown and plain text: tables are rows, styles are not content, the text itself is left alone."""

from pathlib import Path

from toolkit.documents.reading import extract

STAMP = """# 印花税法

第一条　在中华人民共和国境内书立应税凭证的单位和个人，应当依照本法规定缴纳印花税。

<style>
th { color: red; }
</style>

<table class="stamp">
  <thead><tr><th>税目</th><th>税率</th></tr></thead>
  <tbody>
    <tr><td rowspan="2">买卖合同</td>
      <td>价款的万分之三</td>
      <td></td></tr>
    <tr><td>a &lt; b</td><td>x < 3</td></tr>
  </tbody>
</table>

第二条　本法自公布之日起施行。
"""


def test_rows_of_html_tables_are_blocks_and_show_their_cells() -> None:
    found = extract(STAMP.encode())
    assert found.text == STAMP
    assert found.clean is not None
    kinds = [block.kind for block in found.clean.blocks]
    shown = [found.clean.text[block.start : block.end] for block in found.clean.blocks]
    assert kinds == ["heading", "paragraph", "table", "table", "table", "paragraph"]
    assert shown[2:5] == ["税目 税率", "买卖合同 价款的万分之三", "a &lt; b x < 3"]
    assert "color" not in found.clean.text


def test_plain_text_may_hold_such_tables_too() -> None:
    found = extract(STAMP.removeprefix("# ").encode("gb18030"))
    assert found.clean is not None
    assert (found.meta["format"], found.meta["encoding"]) == ("text", "gb18030")
    assert "买卖合同 价款的万分之三" in found.clean.text


def test_blocks_and_white_space_cover_the_whole_text() -> None:
    found = extract(STAMP.encode())
    covered = "".join(found.text[block.start : block.end] for block in found.blocks)
    assert "".join(covered.split()) == "".join(STAMP.split())


def test_a_table_that_never_ends_is_text() -> None:
    text = "# Title\n\n<table><tr><td>one</td>\n\n" + "words of a paragraph\n" * 3
    found = extract(text.encode())
    assert not any(block.kind == "table" for block in found.blocks)
    assert (found.clean.text if found.clean else found.text).count("words") == 3


def test_many_openings_take_no_time() -> None:
    extract(("# T\n\n" + "<table><!-- <style>\n" * 20_000).encode())


def test_a_real_statute_with_a_tariff_in_html(shared_data: Path) -> None:
    (file,) = (shared_data / "legal" / "zh-statutes-just-laws").glob("*stamp-tax-law__README.md")
    found = extract(file.read_bytes())
    assert found.clean is not None
    assert "held" not in found.meta
    assert not any(sign in found.clean.text for sign in ("<td", "</tr>", "<style"))
    assert "借款合同 借款金额的万分之零点五" in found.clean.text


TURNS = """\
医生：哪里不舒服？
患者：咳嗽一周了，这两天发烧，昨天晚上在家量的三十八度五，痰是黄的，挺黏的，爬楼的时候有点喘，别的没有什么不舒服。
患者家属：是。
"""


def test_each_turn_of_a_conversation_stays_a_line() -> None:
    found = extract(TURNS.encode())
    view = found.clean or found
    assert [view.text[block.start : block.end] for block in view.blocks] == TURNS.splitlines()


def test_rows_of_tables_of_markdown_stay_lines() -> None:
    text = "# 财务数据\n\n单位：万元\n\n| 项目 | 本期 |\n| --- | --- |\n| 营业收入 | 15,230.40 |\n\n摘要 完\n"
    found = extract(text.encode())
    view = found.clean or found
    assert "| --- | --- |\n| 营业收入 | 15,230.40 |" in view.text


def test_chinese_lines_wider_than_any_page_are_paragraphs() -> None:
    long = "原告提交借条和同日的银行转账凭证，被告对此没有异议，但认为约定的利息过高，请求法院予以减免。" * 2
    text = "\n".join([long, long[:-4] + "。", long[:-3] + "。"]) + "\n\n本院认为，借款合同有效。\n"
    assert len(extract(text.encode()).blocks) == 4
