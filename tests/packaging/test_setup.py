"""The set-up script: what it installs, when it does nothing, and what it says when it cannot go on."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("workbench_setup", ROOT / "packaging" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_dependency_is_pinned(setup: ModuleType) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    for requirement in wanted:
        name = re.split(r"[<>=;\s]", requirement, maxsplit=1)[0].lower().replace("_", "-")
        assert re.fullmatch(r"[\w.]+", setup.pinned(name)), requirement


def test_constraints_name_no_address() -> None:
    for name in ("constraints.txt", "consumers.txt"):
        text = (ROOT / "packaging" / name).read_text()
        assert "://" not in text
        assert "index" not in text


def test_an_unpinned_package_is_refused(setup: ModuleType) -> None:
    with pytest.raises(setup.SetupError, match="does not pin left-pad"):
        setup.pinned("left-pad")


def test_without_root_the_exact_line_is_printed(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        pytest.skip("Debian packages are a matter of Linux")
    monkeypatch.setattr(setup, "installed", lambda _packages: set())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(setup.shutil, "which", lambda _name: "/usr/bin/x")
    with pytest.raises(setup.SetupError, match=r"sudo apt-get install .*libxcb-cursor0"):
        setup.system_libraries(with_tests=False)


def test_the_environment_is_not_made_again_when_nothing_changed() -> None:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    stamp = ROOT / ".venv" / ".ready-test"
    if not stamp.exists():
        pytest.skip("this environment was not made by make; there is no stamp to compare with")
    before = stamp.stat().st_mtime_ns
    command = [sys._base_executable, str(ROOT / "packaging" / "setup.py"), "test"]  # type: ignore[attr-defined]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    assert "installing" not in done.stderr
    assert stamp.stat().st_mtime_ns == before


def test_an_old_python_is_told_what_to_do(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    monkeypatch.setattr(sys, "argv", ["setup.py", "run"])
    assert setup.main() == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().err
