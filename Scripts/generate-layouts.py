#!/usr/bin/env python3
"""Writes Sources/CPython/Layouts/Layout+Tables.swift and DebugOffsetField+Tables.swift.

    Scripts/generate-layouts.py            from Scripts/cpython-offsets.json
    Scripts/generate-layouts.py --check    fails if they are not what it would write

The JSON holds what `offsetof` says for the real headers of each version, and the order of the
fields of `_Py_DebugOffsets`; Scripts/measure-layouts.py writes it. A number is never typed in here, except the
few in FIXED that no header names.
"""
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DATA = ROOT / "Scripts" / "cpython-offsets.json"
VERSIONS = ["3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0", "3.13.18t",
            "3.14.10", "3.14.10t", "3.15.2", "3.15.2t"]
DEBUG_TABLES = {13: "3.13.0", 14: "3.14.10", 15: "3.15.2"}

# Swift struct: [(Swift field, measured keys in order of preference, debug-offset name,
#                 size of the field in the target, required)]
FIELDS = {
    "runtime": [
        ("interpretersHead", ["runtime.interpreters.head"], "runtime_state.interpreters_head", 8, True),
        ("currentThreadState", ["runtime.gilstate.tstate_current"], None, 8, False),
        ("gil", ["runtime.ceval.gil"], None, 8, False),
        ("mainInterpreter", ["runtime._main_interpreter"], None, 8, False),
        ("gc", ["runtime.gc"], None, 8, False),
    ],
    "interpreter": [
        ("next", ["interp.next"], "interpreter_state.next", 8, True),
        ("threadsHead", ["interp.threads.head", "interp.tstate_head"], "interpreter_state.threads_head", 8, True),
        ("threadCounter", ["interp.tstate_next_unique_id"], None, 8, False),
        ("modules", ["interp.modules", "interp.imports.modules"], "interpreter_state.imports_modules", 8, True),
        ("gil", ["interp.ceval.gil"], "interpreter_state.ceval_gil", 8, False),
        ("embeddedGil", ["interp._gil"], "interpreter_state.gil_runtime_state", 8, False),
        ("gc", ["interp.gc"], "interpreter_state.gc", 8, False),
        ("codeObjectGeneration", ["interp._code_object_generation"], "interpreter_state.code_object_generation", 8, False),
    ],
    "threadState": [
        ("previous", ["tstate.prev"], "thread_state.prev", 8, True),
        ("next", ["tstate.next"], "thread_state.next", 8, True),
        ("interpreter", ["tstate.interp"], "thread_state.interp", 8, True),
        ("threadID", ["tstate.thread_id"], "thread_state.thread_id", 8, True),
        ("nativeThreadID", ["tstate.native_thread_id"], "thread_state.native_thread_id", 8, False),
        ("frame", ["tstate.frame"], None, 8, False),
        ("cframe", ["tstate.cframe"], None, 8, False),
        ("rootCFrame", ["tstate.root_cframe"], None, 8, False),
        ("currentFrame", ["tstate.current_frame"], "thread_state.current_frame", 8, False),
        ("baseFrame", ["tstate.base_frame"], "thread_state.base_frame", 8, False),
        ("status", ["tstate._status"], "thread_state.status", 4, False),
        ("holdsGil", ["tstate.holds_gil"], "thread_state.holds_gil", 4, False),
        ("gilRequested", ["tstate.gil_requested"], "thread_state.gil_requested", 4, False),
        ("state", ["tstate.state"], None, 4, False),
        ("dataStackChunk", ["tstate.datastack_chunk"], "thread_state.datastack_chunk", 8, False),
        ("dataStackTop", ["tstate.datastack_top"], None, 8, False),
        ("tracing", ["tstate.tracing"], None, 4, True),
        ("runningTask", ["tstate_impl.asyncio_running_task"], None, 8, False),
    ],
    "cframe": [
        ("currentFrame", ["cframe.current_frame"], None, 8, False),
        ("previous", ["cframe.previous"], None, 8, False),
    ],
    "frame": [
        ("code", ["iframe.f_executable", "iframe.f_code", "frameobj.f_code"], "interpreter_frame.executable", 8, True),
        ("previous", ["iframe.previous", "frameobj.f_back"], "interpreter_frame.previous", 8, True),
        ("instruction", ["iframe.instr_ptr", "iframe.prev_instr", "frameobj.f_lasti"], "interpreter_frame.instr_ptr", 8, True),
        ("globals", ["iframe.f_globals", "frameobj.f_globals"], None, 8, True),
        ("owner", ["iframe.owner"], "interpreter_frame.owner", 1, False),
        ("isEntry", ["iframe.is_entry"], None, 1, False),
        ("execution", ["frameobj.f_executing", "frameobj.f_stackdepth"], None, 1, False),
        ("threadLocalBytecodeIndex", ["iframe.tlbc_index"], "interpreter_frame.tlbc_index", 4, False),
    ],
    "code": [
        ("size", ["code.__sizeof"], None, 8, True),
        ("flags", ["code.co_flags"], None, 4, True),
        ("firstLine", ["code.co_firstlineno"], "code_object.firstlineno", 4, True),
        ("fileName", ["code.co_filename"], "code_object.filename", 8, True),
        ("name", ["code.co_name"], "code_object.name", 8, True),
        ("qualifiedName", ["code.co_qualname"], "code_object.qualname", 8, False),
        ("lineTable", ["code.co_linetable", "code.co_lnotab"], "code_object.linetable", 8, True),
        ("version", ["code.co_version"], None, 4, False),
        ("bytecodeObject", ["code.co_code"], None, 8, False),
        ("bytecode", ["code.co_code_adaptive"], "code_object.co_code_adaptive", 2, False),
        ("threadLocalBytecode", ["code.co_tlbc"], "code_object.co_tlbc", 8, False),
    ],
    "object": [
        ("type", ["object.ob_type"], "pyobject.ob_type", 8, True),
        ("size", ["varobject.ob_size"], "tuple_object.ob_size", 8, True),
        ("bytesData", ["bytes.ob_sval"], "bytes_object.ob_sval", 1, True),
        ("moduleDict", ["module.md_dict"], None, 8, True),
        ("longTag", ["long.long_value.lv_tag", "varobject.ob_size"], "long_object.lv_tag", 8, True),
        ("longDigits", ["long.long_value.ob_digit", "long_pre312.ob_digit"], "long_object.ob_digit", 4, True),
    ],
    "unicode": [
        ("length", ["ascii.length"], "unicode_object.length", 8, True),
        ("state", ["ascii.state"], "unicode_object.state", 4, True),
        ("asciiData", ["ascii.__sizeof"], "unicode_object.asciiobject_size", 8, True),
        ("compactData", ["compact_unicode.__sizeof"], "unicode_object.compactunicodeobject_size", 8, True),
        ("data", ["unicode.data"], None, 8, True),
        ("kindBit", ["ascii.state.kind.bit"], None, None, True),
        ("compactBit", ["ascii.state.compact.bit"], None, None, True),
        ("asciiBit", ["ascii.state.ascii.bit"], None, None, True),
    ],
    "type": [
        ("name", ["type.tp_name"], "type_object.tp_name", 8, True),
        ("basicSize", ["type.tp_basicsize"], "type_object.tp_basicsize", 8, True),
        ("flags", ["type.tp_flags"], "type_object.tp_flags", 8, True),
        ("dictOffset", ["type.tp_dictoffset"], "type_object.tp_dictoffset", 8, True),
        ("cachedKeys", ["heaptype.ht_cached_keys"], "heap_type_object.ht_cached_keys", 8, True),
    ],
    "dict": [
        ("keys", ["dict.ma_keys"], "dict_object.ma_keys", 8, True),
        ("values", ["dict.ma_values"], "dict_object.ma_values", 8, True),
        ("entryCount", ["dictkeys.dk_nentries"], None, 8, True),
        ("indices", ["dictkeys.dk_indices"], None, 1, True),
    ],
    "gil": [
        ("size", ["gil.__sizeof"], None, 8, True),
        ("locked", ["gil.locked"], None, 4, True),
        ("lastHolder", ["gil.last_holder"], None, 8, True),
    ],
    "gc": [
        ("collecting", ["gc.collecting"], "gc.collecting", 4, True),
        ("frame", ["gc.frame"], "gc.frame", 8, False),
    ],
    "task": [
        ("name", ["task.task_name"], None, 8, True),
        ("coroutine", ["task.task_coro"], None, 8, True),
    ],
    "generator": [
        ("qualifiedName", ["gen.gi_qualname"], None, 8, True),
    ],
}
TYPES = {"runtime": "Runtime", "interpreter": "Interpreter", "threadState": "ThreadState",
         "cframe": "CFrame", "frame": "Frame", "code": "Code", "object": "Object",
         "unicode": "Unicode", "type": "TypeObject", "dict": "Dict", "gil": "Gil",
         "gc": "Gc", "task": "Task", "generator": "Generator"}

# In no header that is installed: read from DWARF of the same builds.
FIXED = {
    "dictkeys.dk_nentries": {8: 32, 9: 32, 10: 32},
    "dictkeys.dk_indices": {8: 40, 9: 40, 10: 40},
    "module.md_dict": {8: 16, 9: 16},
    "cframe.previous": {10: 8},
    # Modules/_asynciomodule.c; free-threaded builds have a larger object header before it.
    "task.task_coro": {8: 112, 9: 152, 10: 160, 11: 136, 12: 136, 13: 120, 14: 128, 15: 128},
    "task.task_name": {8: 120, 9: 160, 10: 168, 11: 144, 12: 144, 13: 128, 14: 136, 15: 136},
}

# Where a minor version changed within itself: micro versions before one have what lies behind a field
# of a struct elsewhere. 3.14.5 has the generational collector again, whose state is 24 bytes larger;
# free-threaded builds of before are not measured, and describe themselves.
VARIATIONS = {
    "3.14.10": {"before": 5, "group": "interpreter", "behind": "gc", "shift": -24},
}

# It moved within 3.13, where the runtime is found by its cookie instead.
UNSTABLE = {"runtime._main_interpreter": 13}


def minor(version):
    return int(version.split(".")[1])


def measured(layouts, version, keys):
    for key in keys:
        if minor(version) >= UNSTABLE.get(key, 99):
            continue
        if key in layouts[version]:
            return layouts[version][key]
        if minor(version) in FIXED.get(key, {}):
            header = layouts[version]["object.ob_type"] - 8 if key.startswith("task.") else 0
            return FIXED[key][minor(version)] + header
    return None


def tables(data):
    yield "// Written by Scripts/generate-layouts.py. Do not edit."
    yield "// swift-format-ignore-file: AlwaysUseLowerCamelCase"
    yield ""
    yield "extension Layout {"
    yield from variations(data)
    yield "  /// Every layout that was measured."
    yield "  static let tables: [Layout] = ["
    names = [f"v{v.rsplit('.', 1)[0].replace('.', '_')}{'t' if v.endswith('t') else ''}"
             for v in VERSIONS]
    yield "    " + ", ".join(names) + ","
    yield "  ]"
    for name, version in zip(names, VERSIONS):
        yield ""
        yield f"  /// Measured on {version}."
        yield f"  static let {name} = Layout("
        yield f"    minor: {minor(version)}, isFreeThreaded: {str(version.endswith('t')).lower()},"
        for group, fields in FIELDS.items():
            parts = []
            for field, keys, _, _, required in fields:
                value = measured(data["layouts"], version, keys)
                if value is None and required:
                    sys.exit(f"{version}: none of {keys}")
                parts.append(f"{field}: {'nil' if value is None else value}")
            yield f"    {group}: {TYPES[group]}("
            yield "      " + ", ".join(parts) + "),"
        yield "  )"
    yield "}"


def variations(data):
    yield "  /// What earlier releases of a minor version have elsewhere: they are before this micro version."
    yield "  static let variations: [Variation] = ["
    for version, change in VARIATIONS.items():
        group = change["group"]
        values = {f: measured(data["layouts"], version, keys) for f, keys, *_ in FIELDS[group]}
        fields = [f for f, *_ in FIELDS[group]
                  if values[f] is not None and values[f] > values[change["behind"]]]
        required = {f: r for f, _, _, _, r in FIELDS[group]}
        paths = ", ".join(f"\\.{group}.{f}" + ("" if required[f] else "!") for f in fields)
        yield (f"    Variation(minor: {minor(version)}, before: {change['before']}, "
               f"shift: {change['shift']}, fields: [{paths}]),")
    yield "  ]"
    yield ""


def size_name(name):
    """The entry that tells how large the struct of a field is."""
    struct = name.split(".")[0]
    return f"{struct}.size"


def debug_tables(data):
    yield "// Written by Scripts/generate-layouts.py. Do not edit."
    yield "// swift-format-ignore-file: AlwaysUseLowerCamelCase"
    yield ""
    yield "extension DebugOffsetField {"
    for number, version in DEBUG_TABLES.items():
        table = data["debug_offsets"][version]
        yield f"  /// `sizeof(_Py_DebugOffsets)` in 3.{number}, in bytes."
        yield f"  static let size3_{number} = {table['size']}"
        yield ""
        yield f"  /// The fields of 3.{number}'s table that the reader uses."
        yield f"  static let table3_{number}: [DebugOffsetField] = ["
        for group, fields in FIELDS.items():
            for field, _, name, width, required in fields:
                if name is None or name not in table["order"]:
                    continue
                if name.endswith(("tlbc_index", "co_tlbc")):
                    continue  # zero in builds with a GIL; the measured layout has them
                position = 8 * table["order"].index(name)
                path = f"\\.{group}.{field}" + ("" if required else "!")
                size = 8 * table["order"].index(size_name(name))
                yield (f"    DebugOffsetField(\"{name}\", at: {position}, alignment: {width}, "
                       f"sizeAt: {size}, {path}),")
        yield "  ]"
        yield ""
    yield "  /// The table of one minor version: each has its own order and size (pycore_debug_offsets.h)."
    yield "  static func table(minor: Int) -> (fields: [DebugOffsetField], size: Int)? {"
    yield "    switch minor {"
    for number in DEBUG_TABLES:
        yield f"    case {number}: (table3_{number}, size3_{number})"
    yield "    default: nil"
    yield "    }"
    yield "  }"
    yield "}"


def formatted(lines):
    text = "\n".join(lines).replace("\n\n}", "\n}") + "\n"
    return subprocess.run(
        ["swift", "format", "--configuration", ROOT / ".swift-format", "-"],
        input=text, capture_output=True, text=True, check=True).stdout


def outputs(data):
    directory = ROOT / "Sources" / "CPython" / "Layouts"
    return {directory / "Layout+Tables.swift": formatted(tables(data)),
            directory / "DebugOffsetField+Tables.swift": formatted(debug_tables(data))}


def check(data):
    stale = [path.name for path, text in outputs(data).items() if path.read_text() != text]
    if stale:
        sys.exit(f"{', '.join(stale)}: not what Scripts/generate-layouts.py writes; run it")


if __name__ == "__main__":
    if len(sys.argv) != 1 and sys.argv[1:] != ["--check"]:
        sys.exit(__doc__)
    data = json.loads(DATA.read_text())
    if sys.argv[1:] == ["--check"]:
        check(data)
    else:
        for path, text in outputs(data).items():
            path.write_text(text)
