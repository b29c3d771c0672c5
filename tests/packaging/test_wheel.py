"""The wheel: everything that the program reads is in it, and it runs from there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESOURCES = ROOT / "resources"

DRAW_AN_ICON = """
from workbench.desktop import application, theme
app = application.make_application()
theme.apply(app, "light")
image = theme.icon("run").pixmap(16, 16).toImage()
print("drawn" if any(image.pixelColor(x, y).alpha() for x in range(16) for y in range(16)) else "empty")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as pip builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    command = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what pip would put into site-packages."""
    folder = tmp_path_factory.mktemp("installed")
    with ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def said(installed: Path, *arguments: str) -> str:
    """What Python prints with the installed program before the checkout on its path, and outside of both."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = (sys.executable, *arguments)
    done = subprocess.run(
        command, cwd=installed.parent, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_resource_is_in_the_wheel_but_the_pictures_of_the_readme(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        packed = {
            name.removeprefix("workbench/_resources/"): archive.read(name)
            for name in archive.namelist()
            if name.startswith("workbench/_resources/")
        }
    kept = (path for path in RESOURCES.rglob("*") if path.is_file() and "screenshots" not in path.parts)
    assert packed == {path.relative_to(RESOURCES).as_posix(): path.read_bytes() for path in kept}


def test_an_installed_program_finds_its_own_resources(installed: Path) -> None:
    where = said(installed, "-c", "from workbench.paths import resources; print(resources())")
    assert where.strip() == str(installed / "workbench" / "_resources")
    assert "Support reply" in said(installed, "-m", "workbench", "prompts", "list")
    assert said(installed, "-c", DRAW_AN_ICON).strip() == "drawn"


def test_a_script_called_workbench_comes_with_it(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "workbench = workbench.__main__:main" in archive.read(name).decode()
