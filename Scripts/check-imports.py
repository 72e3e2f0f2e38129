#!/usr/bin/env python3
"""Checks the arrows between the targets: who may import whom.

1. What a source file imports is a dependency that Package.swift declares for its target. (SwiftPM
   lets a file import any module that happens to be built already.)
2. What Package.swift declares keeps the promises below, through any number of steps.
"""

import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Values in, values out: no file, no kernel, no process. Each with everything that it may reach.
PURE = {
    "SampleTypes": set(),
    "ProfileModel": {"SampleTypes"},
    "CPython": {"SampleTypes"},
    "StackMerging": {"SampleTypes", "ProfileModel"},
    # Two libraries that turn values into bytes.
    "Exporters": {"ProfileModel", "SampleTypes", "SwiftProtobuf", "CZlib"},
}
# (target, what it must never reach, directly or through others)
NEVER = [
    ("PerfEvents", "RemoteProcess"),
    ("RemoteProcess", "PerfEvents"),
    ("Symbols", "LinuxIO"),
    ("Unwinding", "LinuxIO"),
    ("RecordingFile", "LinuxIO"),
    ("Recorder", "Exporters"),
]
# Packages from outside, and the targets that may use them.
ONLY = {"ArgumentParser": {"hyflame"}, "SwiftProtobuf": {"RecordingFile", "Exporters"}}
# Modules of the toolchain that need no declaration. Pure targets see none that does I/O.
TOOLCHAIN = {"Glibc", "Synchronization"}
TOOLCHAIN_PURE = {"Synchronization"}
# Where JSON is written.
FOUNDATION_ESSENTIALS = {"Exporters", "hyflame"}

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)")


def declared_dependencies():
    text = subprocess.run(
        ["swift", "package", "dump-package"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    targets = {}
    for target in json.loads(text)["targets"]:
        names = set()
        for dependency in target["dependencies"]:
            kind = next(key for key in ("byName", "target", "product") if key in dependency)
            names.add(dependency[kind][0])
        targets[target["name"]] = names
    return targets


def reach(target, targets):
    """Everything that `target` depends on, directly or not."""
    seen = set()
    left = [target]
    while left:
        for name in targets.get(left.pop(), ()):
            if name not in seen:
                seen.add(name)
                left.append(name)
    return seen


def broken_promises(targets):
    for target, allowed in PURE.items():
        for name in sorted(reach(target, targets) - allowed):
            yield "Package.swift: %s is pure and must not reach %s" % (target, name)
    for target, forbidden in NEVER:
        if forbidden in reach(target, targets):
            yield "Package.swift: %s must not reach %s" % (target, forbidden)
    for product, owners in ONLY.items():
        for target, dependencies in sorted(targets.items()):
            if product in dependencies and target not in owners and not target.endswith("Tests"):
                yield "Package.swift: %s may not use %s" % (target, product)


def allowed_imports(target, targets):
    allowed = targets[target] | (TOOLCHAIN_PURE if target in PURE else TOOLCHAIN)
    if target in FOUNDATION_ESSENTIALS:
        allowed = allowed | {"FoundationEssentials"}
    return allowed


def wrong_imports(targets):
    sources = os.path.join(ROOT, "Sources")
    for folder, _, files in sorted(os.walk(sources)):
        target = os.path.relpath(folder, sources).split(os.sep)[0]
        # Generated files import what their generator likes.
        for name in sorted(f for f in files if f.endswith(".swift") and ".pb." not in f):
            if target not in targets:
                yield "Sources/%s: no such target in Package.swift" % target
                return
            allowed = allowed_imports(target, targets)
            path = os.path.join(folder, name)
            with open(path) as file:
                for number, line in enumerate(file, 1):
                    match = IMPORT.match(line)
                    if match and match[1] not in allowed:
                        yield "%s:%d: %s may not import %s" % (
                            os.path.relpath(path, ROOT), number, target, match[1])


def main():
    targets = declared_dependencies()
    faults = list(broken_promises(targets)) + list(wrong_imports(targets))
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
