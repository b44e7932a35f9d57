"""Checks the README, the pages of resources, and the links of all pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examples import ROOT, blocks

PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("crates/*/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_page_has_no_broken_links(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_page_is_linked() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [page.name for page in ROOT.glob("docs/*.md") if f"{page.name})" not in text] == []


README = (ROOT / "README.md").read_text("utf-8")
RESOURCE_PAGES = [ROOT / "docs/resources.md", ROOT / "docs/conversations.md"]
SECTIONS = [
    (title, text)
    for page in RESOURCE_PAGES
    for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
]


def test_readme_is_short_and_begins_with_installation() -> None:
    lines = README.splitlines()
    assert len(lines) <= 150
    beginning = "\n".join(lines[:40])
    for command in ("pip install", "npm install", "cargo add", "cargo xtask demo"):
        assert command in beginning


@pytest.mark.parametrize("text", [text for _, text in SECTIONS], ids=[title for title, _ in SECTIONS])
def test_resource_has_examples_in_every_language(text: str) -> None:
    shown = set(re.findall(r"^```(python|ts|rust)$", text, re.MULTILINE))
    assert shown == {"python", "ts", "rust"}


def test_every_resource_has_an_example() -> None:
    text = "".join(block for page in RESOURCE_PAGES for block in blocks(page, "python"))
    lines = (ROOT / "tests/operations.tsv").read_text("utf-8").splitlines()[1:]
    resources = {line.split("\t")[2].split(".")[-2] for line in lines}
    assert {resource for resource in resources if f".{resource}" not in text} == set()
