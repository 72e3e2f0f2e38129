"""Where things are. What is built or installed for the benchmarks goes to Benchmarks/.build."""

import glob
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(HERE)
BUILT = os.path.join(HERE, ".build")
TREE = os.path.join(ROOT, ".interpreters", "sid")
HYFLAME = os.path.join(ROOT, ".build", "release", "hyflame")
TEST_RECORDINGS = os.path.join(ROOT, ".build", "release", "TestRecordings")
UNWINDING = os.path.join(ROOT, ".build", "release", "UnwindingBenchmark")

TORCH_TIMEOUT_S = 240


def skip(what, why):
    print(f"SKIPPED: {what}: {why}", file=sys.stderr, flush=True)


def build_target():
    """Compiles targets/clock.c; returns the path of the library."""
    os.makedirs(BUILT, exist_ok=True)
    library = os.path.join(BUILT, "clock.so")
    source = os.path.join(HERE, "targets", "clock.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-g", "-o", library, source], check=True)
    return library


def interpreters():
    """An interpreter of 3.8 to 3.10, where Python frames are separate objects, and one of 3.11 or later:
    [(what it stands for, path)], the newest of each kind."""
    found = []
    for kind, minors in [("3.8 to 3.10", (10, 9, 8)), ("3.11 and later", (13, 12, 11))]:
        paths = (path for minor in minors for path in candidates(minor))
        path = next(filter(runs, paths), None)
        if path:
            found.append((kind, path))
        else:
            skip("an interpreter of " + kind, "there is none")
    return found


def candidates(minor):
    yield from sorted(glob.glob(os.path.expanduser(f"~/.pyenv/versions/3.{minor}.*/bin/python")))
    if path := shutil.which(f"python3.{minor}"):
        yield path


def runs(path):
    """pyenv has commands that only say that they are not there."""
    return subprocess.run([path, "--version"], capture_output=True).returncode == 0


def torch():
    """An interpreter that has PyTorch, installed from PyPI into an environment of its own; None if
    that fails."""
    venv = os.path.join(BUILT, "torch")
    python = os.path.join(venv, "bin", "python")
    try:
        if not os.access(python, os.X_OK):
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode != 0:
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            # PyPI's own wheel brings gigabytes for GPUs; pip may be configured to know a smaller one.
            if subprocess.run([*install, "--no-index", "--no-deps", "torch"],
                              capture_output=True).returncode == 0:
                needed = ["numpy", "filelock", "typing-extensions", "sympy", "networkx", "jinja2", "fsspec"]
            else:
                needed = ["numpy", "torch"]
            subprocess.run([*install, *needed], check=True, timeout=TORCH_TIMEOUT_S)
            subprocess.run([python, "-c", "import torch"], check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError) as error:
        skip("torch", f"it cannot be installed ({error})")
        return None
    return python


def py_spy():
    """The path of py-spy, installed from PyPI where there is none; None if that fails."""
    installed = shutil.which("py-spy") or os.path.join(BUILT, "venv", "bin", "py-spy")
    if os.access(installed, os.X_OK):
        return installed
    venv = os.path.join(BUILT, "venv")
    pip = [os.path.join(venv, "bin", "python"), "-m", "pip", "install", "--quiet",
           "--disable-pip-version-check", "py-spy"]
    try:
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run(pip, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        skip("py-spy", f"it cannot be installed ({error})")
        return None
    return installed


def perf():
    path = shutil.which("perf")
    if not path:
        skip("perf", "there is none (Debian: linux-perf)")
    return path


def python_315():
    """How Python 3.15 is started and entered: ("host", path), ("tree", path) or None."""
    if path := shutil.which("python3.15"):
        return ("host", path)
    if os.access(TREE + "/usr/bin/python3.15", os.X_OK):
        if os.geteuid() == 0:
            return ("tree", "/usr/bin/python3.15")
        skip("Tachyon", "the Debian tree with python3.15 can be entered by root only")
        return None
    skip("Tachyon", "there is no python3.15; Scripts/make-debian-pythons.sh makes one")
    return None
