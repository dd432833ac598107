"""``toolkit.yaml``: what a project has settled. No secret is ever stored in it."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Result
from toolkit.workspace.files import write_text

FILE = "toolkit.yaml"
_SECRET = ("token", "api_key", "apikey", "password", "secret")


class FieldMapping(Noun):
    """How the rows of JSON, JSON Lines, CSV and sheets become documents.

    Keys are dotted: ``answers.0.text``. ``*`` stands for each item of a list: ``articles.*.text``.

    Attributes:
        match: a pattern over stored names.
        items: where a JSON file holds its list of rows; None: the file is the list, or one row.
        text: keys whose values make the text, in this order, parted by blank lines.
        title: key of the title.
        meta: keys that are kept as metadata, under their own names.
    """

    match: str = "**"
    items: str | None = None
    text: tuple[str, ...] = Field(min_length=1)
    title: str | None = None
    meta: tuple[str, ...] = ()


class PathFacts(Noun):
    """What the place of a file says about it.

    Attributes:
        match: a pattern over stored names; its named parts, ``{case}``, become metadata.
        meta: further metadata of every file that fits.
    """

    match: str
    meta: dict[str, str] = Field(default_factory=dict)


class DocumentSettings(Noun):
    """How files become documents.

    Attributes:
        tables: ``sheet``: a table file or sheet is one document; ``row``: each row is one.
        fields: mappings of rows; the first whose ``match`` fits counts.
        paths: patterns over stored names that bring in metadata; ``{name}`` stands for one part of the name.
    """

    tables: Literal["sheet", "row"] = "sheet"
    fields: tuple[FieldMapping, ...] = ()
    paths: tuple[PathFacts, ...] = ()


class PrelabelSettings(Noun):
    """The OpenAI-compatible endpoint of ``push --prelabel endpoint``; its key is in the environment, never here.

    Attributes:
        endpoint: the address before ``/chat/completions``; https, or http to this machine alone.
        model: the model's name there.
    """

    endpoint: str
    model: str = Field(min_length=1, max_length=100)


class Settings(Noun):
    """The keys of ``toolkit.yaml``.

    Attributes:
        name: the project's name; it heads Label Studio projects and reports.
        schema_name: the schema that ``push`` and ``validate`` use when none is named (key ``schema``).
        policy: the privacy policy that decides which view of a text may leave; None: not chosen yet.
        documents: how files become documents.
        prelabel: the endpoint that may be asked for predictions; None: there is none.
    """

    name: str = Field(min_length=1, max_length=60)
    schema_name: str | None = Field(default=None, alias="schema")
    policy: str | None = None
    documents: DocumentSettings = DocumentSettings()
    prelabel: PrelabelSettings | None = None


class InitResult(Result):
    """Where the workspace is."""

    workspace: str


def init(folder: Path, *, schema: str | None = None, policy: str | None = None) -> InitResult:
    """Scaffold a workspace in a folder; one that is there stays as it is.

    Raises:
        ToolkitError: ``WORKSPACE-TAKEN`` when the folder's workspace says otherwise than the options,
            ``WORKSPACE-NOT-A-FOLDER`` when the path is a file.
    """
    folder = folder.absolute()
    file = folder / FILE
    if folder.exists() and not folder.is_dir():
        raise ToolkitError(
            said(f"'{folder}' is a file.", f"'{folder}' 是一个文件。"),
            hint=said("Name a folder, new or empty.", "请指定一个新的或空的文件夹。"),
            code="WORKSPACE-NOT-A-FOLDER",
        )
    if file.is_file():
        there = read_settings(file)
        if (schema and there.schema_name != schema) or (policy and there.policy != policy):
            raise ToolkitError(
                said(
                    f"'{folder}' is a workspace already, with other settings.",
                    f"'{folder}' 已经是一个工作区，且设置不同。",
                ),
                hint=said(f"Edit '{file}' by hand.", f"请直接编辑 '{file}'。"),
                code="WORKSPACE-TAKEN",
            )
        return InitResult(workspace=str(folder), changed=False)
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    write_text(file, _scaffold(folder.name or "workspace", schema, policy))
    return InitResult(workspace=str(folder))


def _scaffold(name: str, schema: str | None, policy: str | None) -> str:
    import yaml

    def line(key: str, value: str | None, comment: str) -> str:
        written = yaml.safe_dump({key: value}, allow_unicode=True).strip() if value else f"# {key}:"
        return f"{written}  # {comment}\n"

    return (
        line("name", name[:60], "heads Label Studio projects and reports")
        + line("schema", schema, "used when a command names none; see: toolkit schemas list")
        + line("policy", policy, "which view of a text may leave the workspace; none = as extracted")
    )


def read_settings(file: Path) -> Settings:
    """Read and check ``toolkit.yaml``.

    Raises:
        ToolkitError: ``SETTINGS-BROKEN`` for bad YAML or unknown keys, ``SECRET-IN-CONFIG`` for a key that looks
            like a secret.
    """
    import yaml

    try:
        found: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
        for key in found or {}:
            if any(word in str(key).lower() for word in _SECRET):
                raise ToolkitError(
                    said(f"'{file}' holds a secret under '{key}'.", f"'{file}' 的 '{key}' 中存有密钥。"),
                    hint=said(
                        "Remove it and set the environment variable LABEL_STUDIO_API_KEY instead.",
                        "请删除它，改用环境变量 LABEL_STUDIO_API_KEY。",
                    ),
                    code="SECRET-IN-CONFIG",
                )
        return Settings.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        what = f"{'.'.join(map(str, first['loc'])) or FILE}: {first['msg']}"
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        what = " ".join(str(error).split())
    raise ToolkitError(
        said(f"'{file}' cannot be used: {what}.", f"无法使用 '{file}'：{what}。"),
        hint=said(
            "Known keys: name, schema, policy, documents, prelabel.",
            "可用的键：name、schema、policy、documents、prelabel。",
        ),
        code="SETTINGS-BROKEN",
    )
