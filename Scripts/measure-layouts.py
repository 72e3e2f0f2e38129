#!/usr/bin/env python3
"""Measures what Scripts/generate-layouts.py writes, from the headers of one CPython, into cpython-offsets.json.

    Scripts/measure-layouts.py VERSION INCLUDE [GCC-OPTION ...]
    Scripts/measure-layouts.py 3.16.0 ~/.pyenv/versions/3.16.0/include/python3.16
    Scripts/measure-layouts.py 3.16.0t ~/.pyenv/versions/3.16.0/include/python3.16 -DPy_GIL_DISABLED=1

INCLUDE is the directory of Python.h, with its `internal` headers (pythonX.Y-dev has them, pyenv's builds too). A
field that these headers have not is left out; with none of a required one, generate-layouts.py says so. Each value
is asked in a C program of its own, so that no error of one hides another. Needs gcc; takes half a minute.
"""
import concurrent.futures
import importlib.util
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SCRIPTS = pathlib.Path(__file__).resolve().parent
DATA = SCRIPTS / "cpython-offsets.json"

# In this order: each is included if it is there. Some have been merged into others.
HEADERS = ["Python.h", "frameobject.h", "structmember.h", *("internal/" + name for name in (
    "pycore_structs.h", "pycore_runtime.h", "pycore_pystate.h", "pycore_interp.h", "pycore_tstate.h",
    "pycore_ceval.h", "pycore_gil.h", "pycore_frame.h", "pycore_interpframe.h",
    "pycore_interpframe_structs.h", "pycore_code.h", "pycore_dict.h", "pycore_gc.h",
    "pycore_object.h", "pycore_genobject.h", "pycore_moduleobject.h", "pycore_debug_offsets.h"))]

# What the first word of a key names.
TYPES = {
    "runtime": "_PyRuntimeState", "interp": "PyInterpreterState", "gil": "struct _gil_runtime_state",
    "gc": "struct _gc_runtime_state", "tstate": "PyThreadState", "tstate_impl": "_PyThreadStateImpl",
    "cframe": "_PyCFrame", "frameobj": "PyFrameObject", "iframe": "_PyInterpreterFrame",
    "code": "PyCodeObject", "object": "PyObject", "varobject": "PyVarObject", "ascii": "PyASCIIObject",
    "compact_unicode": "PyCompactUnicodeObject", "unicode": "PyUnicodeObject",
    "bytes": "PyBytesObject", "long": "struct _longobject", "long_pre312": "struct _longobject",
    "type": "PyTypeObject", "heaptype": "PyHeapTypeObject", "dict": "PyDictObject",
    "dictkeys": "PyDictKeysObject", "module": "PyModuleObject", "gen": "PyGenObject",
    "task": "TaskObj",
}


def wanted_keys():
    spec = importlib.util.spec_from_file_location("layouts", SCRIPTS / "generate-layouts.py")
    layouts = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(layouts)
    return sorted({key for fields in layouts.FIELDS.values() for field in fields for key in field[1]})


def statement(key):
    """C that prints the value of one key: a size, the lowest bit of a bit field, or an offset."""
    group, field = key.split(".", 1)
    kind = TYPES[group]
    if field == "__sizeof":
        return f'printf("%zu", sizeof({kind}));'
    if field.endswith(".bit"):
        member = field[:-len(".bit")]
        return (f"{kind} value; memset(&value, 0, sizeof value); value.{member} = ~0u; unsigned word; "
                f"memcpy(&word, &value.{member.rsplit('.', 1)[0]}, sizeof word); "
                'printf("%d", __builtin_ctz(word));')
    return f'printf("%zu", offsetof({kind}, {field}));'


class Prober:
    def __init__(self, include, options):
        there = [name for name in HEADERS if (include / name).exists()]
        self.prefix = "#define Py_BUILD_CORE 1\n#define _GNU_SOURCE 1\n" + "".join(
            f"#include <{name}>\n" for name in ["stddef.h", "stdio.h", "string.h", *there])
        self.command = ["gcc", "-w", f"-I{include}", f"-I{include / 'internal'}", *options,
                        "-Wl,--unresolved-symbols=ignore-all"]

    def value(self, body):
        """What the program prints; None if it cannot be compiled."""
        with tempfile.TemporaryDirectory() as directory:
            source, program = f"{directory}/probe.c", f"{directory}/probe"
            pathlib.Path(source).write_text(self.prefix + "int main(void) { " + body + " return 0; }\n")
            built = subprocess.run([*self.command, "-o", program, source], capture_output=True, text=True)
            if built.returncode:
                return None
            return subprocess.run([program], capture_output=True, text=True, check=True).stdout


def debug_offsets(prober, include):
    """The order of the words of `_Py_DebugOffsets`, which 3.13 and later keep in their memory."""
    names = (include / "internal" / name for name in ("pycore_debug_offsets.h", "pycore_runtime.h"))
    text = next((path.read_text() for path in names if path.exists()
                 and re.search(r"typedef struct _Py_DebugOffsets\s*\{", path.read_text())), None)
    if text is None:
        return None
    body = re.search(r"typedef struct _Py_DebugOffsets\s*\{(.*?)\n\}", text, re.S)[1]
    body = re.sub(r"/\*.*?\*/|//[^\n]*|^#.*?$", "", body, flags=re.S | re.M)
    order, structs = [], []
    # A struct's name stands behind its fields.
    words = r"(struct\b\s*\w*\s*\{)|(?:uint64_t|char)\s+(\w+)(?:\[8\]\s*\w*)?\s*;|\}\s*(\w+)\s*;"
    for opens, name, closes in re.findall(words, body):
        if opens:
            structs.append(len(order))
        elif closes:
            first = structs.pop()
            order[first:] = [f"{closes}.{field}" for field in order[first:]]
        else:
            order.append(name)
    offsets = "".join(f'printf("%zu ", offsetof(_Py_DebugOffsets, {name}));' for name in order)
    found = prober.value(offsets + 'printf("%zu", sizeof(_Py_DebugOffsets));')
    if found is None or [int(word) for word in found.split()] != list(range(0, 8 * len(order) + 1, 8)):
        sys.exit("_Py_DebugOffsets is no table of words in the order in which its header names them")
    return {"size": 8 * len(order), "order": order}


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    version, include = sys.argv[1], pathlib.Path(os.path.expanduser(sys.argv[2]))
    if not (include / "Python.h").exists():
        sys.exit(f"{include} has no Python.h")
    prober = Prober(include, sys.argv[3:])
    if prober.value(";") is None:
        sys.exit("a program with nothing but these headers cannot be compiled")
    keys = wanted_keys()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        values = list(pool.map(lambda key: prober.value(statement(key)), keys))
    layout = {key: int(value) for key, value in zip(keys, values) if value is not None}
    data = json.loads(DATA.read_text())
    before = data["layouts"].get(version, {})
    data["layouts"][version] = layout
    table = None if version.endswith("t") else debug_offsets(prober, include)
    if table:
        data["debug_offsets"][version] = table
    DATA.write_text(json.dumps(data, indent=1) + "\n")
    changed = sorted(key for key in {*before, *layout} if before.get(key) != layout.get(key))
    print(f"{version}: {len(layout)} of {len(keys)} values, {len(changed)} of them new or changed")
    for key in changed if before else []:
        print(f"  {key}: {before.get(key)} → {layout.get(key)}")


if __name__ == "__main__":
    main()
