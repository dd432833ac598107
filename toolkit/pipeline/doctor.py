"""What the machine has and lacks: Python, packages, the torch build, disk, Label Studio."""

import platform
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal

from toolkit.errors import ToolkitError
from toolkit.language import said
from toolkit.noun import Noun, Result
from toolkit.pipeline.start import workspace_if_any
from toolkit.workspace import Workspace

_BASE = ("click", "rich", "pydantic", "pandas", "datasets", "label-studio-sdk")
_TRAIN = ("torch", "transformers", "peft")
_NEEDED_GB = 3


class Check(Noun):
    """One finding. ``warn`` and ``fail`` say what to do in ``hint``."""

    name: str
    state: Literal["ok", "warn", "fail"]
    found: str
    hint: str = ""


class DoctorResult(Result):
    """All findings."""

    checks: tuple[Check, ...]


def doctor(named: Path | None = None) -> DoctorResult:
    """Look; change nothing. A failed check is for the reader; the exit code stays 0."""
    workspace = workspace_if_any(named)
    return DoctorResult(checks=tuple(_checks(workspace)), changed=False)


def _checks(workspace: Workspace | None) -> Iterator[Check]:
    supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Check(
        name="python",
        state="ok" if supported else "fail",
        found=platform.python_version(),
        hint="" if supported else said("Use Python 3.11 to 3.13.", "请使用 Python 3.11 至 3.13。"),
    )
    for package in _BASE:
        yield _package(package, "fail", "pip install sft-toolkit")
    for package in _TRAIN:
        yield _package(package, "warn", "pip install 'sft-toolkit[train]'")
    yield _package("rapidocr-onnxruntime", "warn", "pip install 'sft-toolkit[ocr]'")
    yield from _documents()
    yield from _stray_packages()
    yield _disk(workspace.root if workspace else Path.cwd())
    yield from _studio(workspace)


def _package(name: str, missing: Literal["warn", "fail"], install: str) -> Check:
    try:
        return Check(name=name, state="ok", found=metadata.version(name))
    except metadata.PackageNotFoundError:
        return Check(name=name, state=missing, found=said("not installed", "未安装"), hint=install)


def _documents() -> Iterator[Check]:
    from toolkit.documents.confined import network_is_cut
    from toolkit.documents.libreoffice import soffice

    office = soffice()
    yield Check(
        name="libreoffice",
        state="ok" if office else "warn",
        found=office or said("not installed", "未安装"),
        hint=""
        if office
        else said("It reads .doc, .xls, .ppt, .wps, .wpd.", "用于读取 .doc、.xls、.ppt、.wps、.wpd。"),
    )
    cut = network_is_cut()
    yield Check(
        name="sandbox",
        state="ok" if cut else "warn",
        found=said("no network", "已断网") if cut else said("network open", "网络未断开"),
        hint="" if cut else said("Ingest doubtful files without a network.", "请在断网环境中导入可疑文件。"),
    )


def _stray_packages() -> Iterator[Check]:
    # Beside a CPU build of torch these break transformers' imports, and nothing here needs them.
    for name in ("torchvision", "torchaudio"):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        yield Check(name=name, state="warn", found=found, hint=f"pip uninstall {name}")


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free / 1e9
    hint = said(f"Label Studio and a run need about {_NEEDED_GB} GB.", f"Label Studio 与一次训练约需 {_NEEDED_GB} GB。")
    return Check(
        name="disk",
        state="ok" if free >= _NEEDED_GB else "warn",
        found=f"{free:.0f} GB",
        hint=hint * (free < _NEEDED_GB),
    )


def _studio(workspace: Workspace | None) -> Iterator[Check]:
    from toolkit.studio import external_url, installed_version

    version = installed_version()
    try:
        external = external_url()
    except ToolkitError as error:
        # The variable as it stands may hold a log-in, so the error speaks of it without showing it.
        yield Check(name="label-studio", state="fail", found=error.message, hint=error.hint)
        return
    yield Check(
        name="label-studio",
        state="ok" if version or external else "warn",
        found=external or version or said("not installed", "未安装"),
        hint="" if version or external else "toolkit studio install",
    )
    if workspace is None:
        yield Check(name="workspace", state="warn", found=said("none here", "此处没有"), hint="toolkit init DIR")
        return
    yield Check(name="workspace", state="ok", found=str(workspace.root))
    yield _server(workspace)


def _server(workspace: Workspace) -> Check:
    from toolkit.studio import studio_status

    try:
        found = studio_status(workspace)
    except ToolkitError as error:
        return Check(name="server", state="fail", found=error.message, hint=error.hint)
    good = found.running and not found.warnings
    return Check(name="server", state="ok" if good else "warn", found=found.url or "-", hint=" ".join(found.warnings))
