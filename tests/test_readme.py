"""Checks the README, the pages of resources, and the links of all pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from examples import ROOT, blocks

PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/*.md"),
    *ROOT.glob("crates/*/*.md"),
    *(ROOT / folder / "README.md" for folder in ("node", "python", "tests/fault-server")),
]


def prose(page: Path) -> str:
    """Returns the text of a page without its code blocks."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Returns the anchors of a page's headings, as GitHub derives them."""
    titles = re.findall(r"^#+ (.*)", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def is_broken(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return not target.exists() or bool(anchor and anchor not in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_page_has_no_broken_links(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose(page))
    assert [link for link in links if is_broken(page, link)] == []


def test_index_links_every_page() -> None:
    index = (ROOT / "docs/README.md").read_text("utf-8")
    pages = {page.name for page in ROOT.glob("docs/*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


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
