"""The README's examples run as they stand, and the links of all pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from examples import ROOT, blocks, js, python, rust

RUNNERS = {
    "python": lambda source: python(source, [], {}),
    "js": js,
    "rust": lambda source: rust(source, [], {}),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", RUNNERS)
def test_example_runs(language: str, sandbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIMPEAI_API_KEY", sandbox["api_key"])
    monkeypatch.setenv("BIMPEAI_BASE_URL", sandbox["url"])
    [source] = blocks(ROOT / "README.md", language)
    shown = "\n".join(RUNNERS[language](source))
    assert language == "rust" or re.search(r"start [A-Z0-9]{8}", shown), shown


PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("crates/*/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_linked() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [page.name for page in ROOT.glob("docs/*.md") if f"{page.name})" not in text] == []
