"""The repository tests its own rules: where imports point, what folders are called, how long a file is."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGE = REPOSITORY / "avatar_server"

FOLDERS = (
    "timing",
    "control",
    "dataset",
    "motion",
    "audio",
    "face",
    "body",
    "scene",
    "render",
    "encode",
    "sinks",
    "testing",
)
"""In the order of the way from data to picture; a folder imports from those before it."""

DRIVERS = ("segments", "batch", "stage", "bench", "theatre", "web", "commands")
"""Folders that put the steps together, as the root modules do; steps do not import them."""

ROOT_MODULES_FOR_EVERYONE = {"errors", "settings"}

TOP_LEVEL = {
    "pyproject.toml",
    "avatar_server",
    "shaders",
    "web_client",
    "tests",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "Makefile",
    "docs",
}

DRAWERS = {"util", "utils", "helper", "helpers", "common", "core", "misc", "manager", "managers", "base"}

LINES_AT_MOST = 300

LONGER_FOR_A_REASON: dict[str, str] = {}
"""Path below the repository: why one concept needs more than `LINES_AT_MOST` lines."""

NOT_AT_THE_DOOR = {
    "moderngl",
    "aiortc",
    "fastapi",
    "uvicorn",
    "prometheus_client",
    "torch",
    "av",
    "scipy",
    "skimage",
    "smplx",
    "pyrender",
    "httpx",
    "huggingface_hub",
    "s3fs",
    "aiobotocore",
    "botocore",
    "boto3",
    "fsspec",
    "ray",
}
"""Too heavy, or too likely to be missing, for somebody who only asks for help."""


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True)
    return [
        Path(name) for name in listed.stdout.decode().split("\0") if name and (REPOSITORY / name).exists()
    ]


def package_modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def absolute_imports(module: Path) -> Iterator[tuple[str, str | None, int]]:
    """(dotted module below avatar_server, imported name or None, line) for every import of our own."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "avatar_server":
                    yield alias.name.removeprefix("avatar_server").lstrip("."), None, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}:{node.lineno}: imports are absolute"
            if node.module and node.module.split(".")[0] == "avatar_server":
                for alias in node.names:
                    yield node.module.removeprefix("avatar_server").lstrip("."), alias.name, node.lineno


def test_top_level_holds_only_what_it_should() -> None:
    found = {path.parts[0] for path in tracked_files()}
    assert {name for name in found if not name.startswith(".")} <= TOP_LEVEL


def test_folders_are_steps_of_the_way() -> None:
    found = {path.name for path in PACKAGE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert found <= {*FOLDERS, *DRIVERS}


@pytest.mark.parametrize(
    "start", sorted(PACKAGE.glob("**/*/__init__.py")), ids=lambda path: str(path.parent.relative_to(PACKAGE))
)
def test_a_folder_says_what_it_is_and_imports_nothing(start: Path) -> None:
    """A docstring of more than a sentence, and nothing else."""
    tree = ast.parse(start.read_text(encoding="utf-8"))
    assert len(tree.body) == 1
    assert len((ast.get_docstring(tree) or "").splitlines()) > 2


@pytest.mark.parametrize("module", package_modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_one_way(module: Path) -> None:
    own = module.relative_to(PACKAGE).parts
    if len(own) == 1 or own[0] in DRIVERS:
        return  # Root modules put the parts together and may use them all.
    mine = FOLDERS.index(own[0])
    for target, name, line in absolute_imports(module):
        first = target.split(".")[0] or name or ""
        where = f"{module.relative_to(REPOSITORY)}:{line}"
        if first in FOLDERS:
            assert FOLDERS.index(first) <= mine, (
                f"{where}: {own[0]} may not import {target}, which comes later"
            )
        else:
            assert first in ROOT_MODULES_FOR_EVERYONE, (
                f"{where}: a folder may not import the root module {first}"
            )


@pytest.mark.parametrize("module", package_modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_across_folders_only_public_names_are_imported(module: Path) -> None:
    own = module.relative_to(PACKAGE).parts
    for target, name, line in absolute_imports(module):
        parts = target.split(".")
        if parts[0] in FOLDERS and parts[0] != own[0]:
            where = f"{module.relative_to(REPOSITORY)}:{line}"
            assert not any(part.startswith("_") for part in [*parts, name or ""]), (
                f"{where}: {name} is private"
            )
            assert name != "*", f"{where}: names, not everything"


def test_nothing_is_called_a_drawer() -> None:
    for path in tracked_files():
        for part in path.parts:
            assert part.split(".")[0].lower() not in DRAWERS, f"{path}: the name tells nothing"


def test_a_file_is_one_concept() -> None:
    long = {}
    for path in tracked_files():
        if path.suffix in {".py", ".js", ".glsl", ".vert", ".frag", ".comp"} and "vendor" not in path.parts:
            lines = len((REPOSITORY / path).read_text().splitlines())
            if lines > LINES_AT_MOST and str(path) not in LONGER_FOR_A_REASON:
                long[str(path)] = lines
    assert not long, f"longer than {LINES_AT_MOST} lines without a reason: {long}"


READS_HTML = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "DOMParser",
    "srcdoc",
    "eval(",
    "new Function",
)


def test_the_page_never_reads_text_as_html() -> None:
    """Prompts, words and file names are written by people."""
    modules = [
        path
        for path in tracked_files()
        if path.suffix == ".js" and "web_client" in path.parts and "vendor" not in path.parts
    ]
    assert len(modules) > 30
    found = [
        (path.name, way) for path in modules for way in READS_HTML if way in (REPOSITORY / path).read_text()
    ]
    assert found == []


def test_the_page_has_neither_inline_scripts_nor_styles() -> None:
    for name in ("index.html", "docs.html"):
        page = (REPOSITORY / "web_client" / name).read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", page), name


def test_exceptions_are_still_needed() -> None:
    for name in LONGER_FOR_A_REASON:
        assert len((REPOSITORY / name).read_text().splitlines()) > LINES_AT_MOST, f"{name} needs no exception"


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, contextlib, io\n"
        "from avatar_server.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):\n"
        "    main(['--help'])\n"
        "print(' '.join(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not NOT_AT_THE_DOOR & set(ran.stdout.split())


def test_no_licensed_material_is_tracked() -> None:
    for path in tracked_files():
        assert path.suffix not in {".npz", ".npy", ".pkl", ".wav", ".mp4", ".bvh", ".tar"}, (
            f"{path} must not be committed"
        )
        assert (REPOSITORY / path).stat().st_size < 2 * 2**20, f"{path} is larger than a source file is"
