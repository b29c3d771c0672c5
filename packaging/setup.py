"""Set up the checkout: system libraries, virtual environment, llama.cpp. Standard library only.

Called by the Makefile as `setup.py run|test|consumers`. Each step is skipped when a stamp says that nothing it
depends on has changed, so a second call takes a moment. llama.cpp is compiled once; the wheel is kept in the
user's cache, under the version, the interpreter's platform and the build options, for every later checkout.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

# Debian and Ubuntu packages. The t64 names are those of Ubuntu 24.04 and Debian 13.
WINDOW = (
    "libglib2.0-0", "libegl1", "libfontconfig1", "libxkbcommon0", "libdbus-1-3", "libgl1",
    "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0", "libxcb-xkb1", "libxkbcommon-x11-0",
)  # fmt: skip
TESTS = ("xvfb", "xauth", "xdotool", "openbox", "imagemagick", "fonts-dejavu-core", "gnome-keyring", "dbus")
BUILD = {"cc": "build-essential", "c++": "build-essential"}

GPU_OPTIONS = {
    "cuda": "-DGGML_CUDA=ON", "vulkan": "-DGGML_VULKAN=ON", "metal": "-DGGML_METAL=ON", "hip": "-DGGML_HIP=ON",
}  # fmt: skip


def main() -> int:
    """Do what the target needs; 0, or 1 with a sentence about what is missing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", choices=("run", "test", "consumers"))
    parser.add_argument("--gpu", choices=tuple(GPU_OPTIONS), help="compile llama.cpp for this kind of GPU")
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):  # noqa: UP036 — the Makefile may meet an older python3
        return fail(
            f"Python 3.11 or newer is needed; this is {platform.python_version()}. Try make PYTHON=python3.12."
        )
    try:
        system_libraries(with_tests=arguments.target != "run")
        environment(arguments.target, gpu=arguments.gpu)
        if arguments.target == "consumers":
            consumers_environment()
    except SetupError as error:
        return fail(str(error))
    except subprocess.CalledProcessError as error:
        return fail(f"This step failed with exit code {error.returncode}: {' '.join(map(str, error.cmd))}")
    return 0


class SetupError(Exception):
    """Something that the person has to do; the message says what."""


def fail(message: str) -> int:
    print(f"setup: {message}", file=sys.stderr)
    return 1


def say(message: str) -> None:
    print(f"setup: {message}", file=sys.stderr, flush=True)


# -- system libraries ------------------------------------------------------------------------------------------


def system_libraries(*, with_tests: bool) -> None:
    """Install what Debian or Ubuntu lacks when root; otherwise stop with the exact line to type."""
    if sys.platform != "linux" or not shutil.which("dpkg-query"):
        return
    wanted = WINDOW + (TESTS if with_tests else ())
    missing = sorted(set(wanted) - installed(wanted))
    missing += [package for command, package in BUILD.items() if not shutil.which(command)]
    if importlib_missing("ensurepip"):
        missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    missing = list(dict.fromkeys(missing))
    if not missing:
        return
    if os.geteuid() != 0:
        raise SetupError(
            f"Some system packages are missing. Please run:\n  sudo apt-get install {' '.join(missing)}"
        )
    say(f"installing system packages: {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing]
    subprocess.run(command, check=True, env=quiet, stdout=subprocess.DEVNULL)


def installed(packages: tuple[str, ...]) -> set[str]:
    """Those of the packages that are there, a t64 variant counting as its original."""
    query = ["dpkg-query", "-W", "-f", "${Package} ${Status}\n", *packages, *(f"{name}t64" for name in packages)]
    lines = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return {line.split()[0].removesuffix("t64") for line in lines if line.endswith("install ok installed")}


def importlib_missing(module: str) -> bool:
    """Whether a standard module is left out of this Python, as Debian does with ensurepip."""
    return (
        subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, check=False).returncode
        != 0
    )


# -- the virtual environment -----------------------------------------------------------------------------------


def environment(target: str, *, gpu: str | None) -> None:
    """The virtual environment with everything that `target` needs, at the pinned versions."""
    python = venv_python(VENV)
    groups = "run" if target == "run" else "test"
    stamp = VENV / f".ready-{groups}"
    wanted = fingerprint(gpu)
    if stamp.is_file() and stamp.read_text() == wanted and python.exists():
        return
    if not python.exists():
        say("making the virtual environment")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    wheel = llama_wheel(python, gpu)
    say("installing Python packages (a few minutes the first time)")
    needed = [str(wheel), "-e", str(ROOT)]
    if groups == "test":
        llama_models(python)
        needed += test_requirements()
    pip(python, "install", "-c", str(CONSTRAINTS), *needed)
    stamp.write_text(wanted)
    if groups == "test":
        (VENV / ".ready-run").write_text(wanted)


def venv_python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def pip(python: Path, *arguments: str | Path, **environment: str) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", *arguments[:1], "--quiet", *arguments[1:]]
    # pip warns of folders in a machine's own configuration; only its errors matter here.
    subprocess.run(command, check=True, env={**os.environ, "PIP_QUIET": "1", **environment})


def fingerprint(gpu: str | None) -> str:
    """Changes when anything that the environment is made from changes, the checkout's place included."""
    digest = hashlib.sha256(f"{sys.version}{ROOT}{gpu}".encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def test_requirements() -> list[str]:
    import tomllib  # here: an older Python must reach the message about its version

    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["dependency-groups"]["test"])


# -- llama.cpp -------------------------------------------------------------------------------------------------


def llama_wheel(python: Path, gpu: str | None) -> Path:
    """The llama-cpp-python wheel for this machine; compiled when the cache has none."""
    version = pinned("llama-cpp-python")
    options = "-DLLAVA_BUILD=OFF" + (f" {GPU_OPTIONS[gpu]}" if gpu else "")  # no image input: half the build time
    kind = hashlib.sha256(f"{options}{platform.machine()}{cpu_model()}".encode()).hexdigest()[:12]
    folder = cache() / "wheels" / f"llama-cpp-python-{version}-{gpu or 'cpu'}-{kind}"
    if found := sorted(folder.glob("*.whl")):
        return found[0]
    say(f"compiling llama.cpp {version}{f' for {gpu}' if gpu else ''}: 3 to 8 minutes, once on this machine")
    with tempfile.TemporaryDirectory(prefix="workbench-build-") as build:
        source = llama_source(python, version, Path(build))
        keep_models(source, version)
        compile_wheel(python, source, options, Path(build))
        with kept_whole(folder) as staging:
            for wheel in Path(build).glob("*.whl"):
                shutil.copy(wheel, staging)
    return next(folder.glob("*.whl"))


def llama_source(python: Path, version: str, build: Path) -> Path:
    """The source package, which carries llama.cpp itself."""
    pip(
        python,
        "download",
        "--no-deps",
        "--no-binary",
        "llama-cpp-python",
        f"llama-cpp-python=={version}",
        "-d",
        build,
    )
    return next(build.glob("*.tar.gz"))


def llama_models(python: Path) -> None:
    """Keep llama.cpp's own chat templates and vocabularies, which the tests hold ours against."""
    version = pinned("llama-cpp-python")
    if models_folder(version).is_dir():
        return
    say("fetching llama.cpp's chat templates and vocabularies for the tests")
    with tempfile.TemporaryDirectory(prefix="workbench-source-") as build:
        keep_models(llama_source(python, version, Path(build)), version)


def models_folder(version: str) -> Path:
    return cache() / f"llama-cpp-python-{version}-models"


def keep_models(source: Path, version: str) -> None:
    """Unpack templates and vocabularies from the source package into the cache."""
    if models_folder(version).is_dir():
        return
    with kept_whole(models_folder(version)) as staging, tarfile.open(source) as archive:
        for member in archive:
            _, inside, name = member.name.partition("/vendor/llama.cpp/models/")
            if inside and member.isfile() and name.startswith(("templates/", "ggml-vocab-")):
                target = staging / ("templates" if "/" in name else "") / Path(name).name
                target.parent.mkdir(exist_ok=True)
                content = archive.extractfile(member)
                target.write_bytes(content.read() if content else b"")


@contextmanager
def kept_whole(folder: Path) -> Iterator[Path]:
    """A folder to fill; it gets its name when it is full: an interrupted step leaves nothing that looks done."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        yield staging
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def compile_wheel(python: Path, source: Path, options: str, build: Path) -> None:
    """Run the compiler with a line that shows that it works and for how long."""
    log = cache() / "llama-build.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CMAKE_ARGS": options, "CMAKE_BUILD_PARALLEL_LEVEL": str(os.cpu_count() or 1)}
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-cache-dir"]
    command += [str(source), "-w", str(build)]
    started = time.monotonic()
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        while process.poll() is None:
            show_progress(time.monotonic() - started)
            time.sleep(1)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise SetupError(f"llama.cpp could not be compiled. The end of {log}:\n{tail}")
    say(f"llama.cpp compiled in {time.monotonic() - started:.0f} s")


def show_progress(seconds: float) -> None:
    """On a terminal a line that counts; in a log one line a minute."""
    if sys.stderr.isatty():
        print(f"\rsetup: compiling llama.cpp … {seconds:3.0f} s", end="", file=sys.stderr, flush=True)
    elif int(seconds) % 60 == 59:
        say(f"compiling llama.cpp … {seconds:.0f} s")


def pinned(package: str) -> str:
    for line in CONSTRAINTS.read_text().splitlines():
        name, _, version = line.partition("==")
        if name.strip().lower().replace("_", "-") == package:
            return version.split(";")[0].strip()
    raise SetupError(f"{CONSTRAINTS.name} does not pin {package}.")


def cpu_model() -> str:
    """llama.cpp is compiled for this very processor; a wheel of another one could crash."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return "".join(sorted({line for line in lines if line.startswith(("flags", "Features"))}))


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", Path.home())
    return Path(base) / "prompt-workbench"


# -- the consumers of training data ----------------------------------------------------------------------------


def consumers_environment() -> None:
    """TRL, datasets and a CPU torch in an environment of their own: they are heavy and not ours to ship."""
    folder = ROOT / ".venv-consumers"
    requirements = ROOT / "packaging" / "consumers.txt"
    wanted = hashlib.sha256(requirements.read_bytes() + f"{sys.version}{ROOT}".encode()).hexdigest()
    stamp = folder / ".ready"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("making the consumers' environment (torch, TRL, datasets; about 1 GB)")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip(venv_python(folder), "install", "-r", str(requirements))
    stamp.write_text(wanted)


if __name__ == "__main__":
    sys.exit(main())
