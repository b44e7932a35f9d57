"""The README shows every resource in every language, and the links of all pages lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examples import ROOT, blocks

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("crates/*/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_linked() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [page.name for page in ROOT.glob("docs/*.md") if f"{page.name})" not in text] == []


README = (ROOT / "README.md").read_text("utf-8")
RESOURCES = README.partition("## Each resource\n")[2].partition("\n## ")[0]
FOLDED = re.findall(r"<details><summary>(.*?)</summary>\n(.*?)</details>", RESOURCES, re.DOTALL)


@pytest.mark.parametrize("text", [text for _, text in FOLDED], ids=[resource for resource, _ in FOLDED])
def test_a_resource_is_shown_in_every_language_in_few_lines(text: str) -> None:
    shown = re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert [language for language, _ in shown] == ["python", "ts", "rust"]
    assert max(len(block.splitlines()) for _, block in shown) <= 8


def test_no_resource_is_left_out() -> None:
    text = "".join(blocks(ROOT / "README.md", "python"))
    lines = (ROOT / "tests/operations.tsv").read_text("utf-8").splitlines()[1:]
    resources = {line.split("\t")[2].split(".")[-2] for line in lines}
    assert {resource for resource in resources if f".{resource}" not in text} == set()
