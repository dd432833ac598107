"""Which published security advisories hold for a Label Studio version. A table in the code: nothing is looked up.

Sources: GitHub Advisory Database, package ``label-studio`` (each entry's identifier and "affected" range), as of the
pinned version. Where an entry names no fixed version, the source of Label Studio was read instead; the comment says so.
Advisories about the separate packages ``label-studio-sdk`` and ``label-studio-ml`` are not about a server's version.
"""

import re
from typing import Final

from toolkit.language import said
from toolkit.noun import Noun
from toolkit.studio.local.install import VERSION


class Advisory(Noun):
    """A published weakness of Label Studio.

    Attributes:
        fixed: the first version without it.
        about: a few words, in English.
    """

    id: str
    cve: str | None
    fixed: str
    about: str


def _advisory(id: str, cve: str | None, fixed: str, about: str) -> Advisory:
    return Advisory(id=id, cve=cve, fixed=fixed, about=about)


ADVISORIES: Final = (
    _advisory("GHSA-pc6f-259w-w3j6", "CVE-2022-36551", "1.6.0", "SSRF in data import reads local files"),
    _advisory("GHSA-cpmr-mw4j-99r7", None, "1.7.2", "nginx alias gives away the secret key"),
    _advisory("GHSA-f475-x83m-rx5m", "CVE-2023-43791", "1.8.2", "hard-coded key forges sessions"),
    _advisory("GHSA-q68h-xwq5-mm7x", "CVE-2023-47115", "1.9.2", "XSS by avatar upload"),
    _advisory("GHSA-6hjj-gq77-j4qw", "CVE-2023-47117", "1.9.2.post0", "filters leak account fields"),
    _advisory("GHSA-fq23-g58m-799r", "CVE-2024-23633", "1.10.1", "XSS by data import"),
    _advisory("GHSA-p59w-9gqw-wj8r", "CVE-2023-47116", "1.11.0", "SSRF past the protection"),
    _advisory("GHSA-6xv9-957j-qfhg", "CVE-2024-26152", "1.11.0", "XSS by choices or labels"),
    _advisory("GHSA-wpq5-3366-mqw4", "CVE-2025-25296", "1.16.0", "XSS by the upload example page"),
    _advisory("GHSA-m238-fmcw-wh58", "CVE-2025-25297", "1.16.0", "SSRF by an S3 endpoint"),
    _advisory("GHSA-8jhr-wpcm-hh4h", "CVE-2025-47783", "1.18.0", "XSS by the upload example form"),
    # The entry names no fixed version; 1.22.0 is the last one without the escape in templates/base.html, 1.23.2 has it.
    _advisory("GHSA-2mq9-hm29-8qch", "CVE-2026-22033", "1.23.0", "stored XSS takes over accounts"),
)


def advisories_of(version: str) -> tuple[Advisory, ...]:
    """Return the advisories that hold for a version; none for one that cannot be read.

    >>> [one.cve for one in advisories_of("1.22.0")], advisories_of("1.23.2"), advisories_of("99.0")
    (['CVE-2026-22033'], (), ())
    """
    parts = _order(version)
    return tuple(one for one in ADVISORIES if parts < _order(one.fixed)) if parts else ()


def warnings_of(version: str | None) -> tuple[str, ...]:
    """Return what to say about a server's version: its advisories, and whether it is older than the tested one."""
    if version is None or not _order(version):
        return ()
    found = advisories_of(version)
    told = []
    if found:
        names = ", ".join(f"{one.cve or one.id} ({one.fixed})" for one in found)
        told.append(
            said(
                f"Label Studio {version} has published advisories, each with the version that fixed it: {names}.",
                f"Label Studio {version} 存在已公布的安全公告（括号内为修复版本）：{names}。",
            )
        )
    if _order(version)[:2] < _order(VERSION)[:2]:
        told.append(
            said(
                f"Label Studio {version} is untested with this toolkit; {VERSION} is.",
                f"Label Studio {version} 未经本工具测试；已测试版本为 {VERSION}。",
            )
        )
    return tuple(told)


def _order(version: str) -> tuple[int, ...]:
    """Return what versions are ordered by: release numbers to three places, then the post-release (none: -1).

    >>> _order("1.9.2") < _order("1.9.2.post0") < _order("1.10.1+0.gdf96d79.dirty")
    True
    """
    found = re.match(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.?post(\d+))?", version.strip())
    if not found:
        return ()
    numbers = [int(part or 0) for part in found.groups()[:3]]
    return (*numbers, int(found[4]) if found[4] is not None else -1)
