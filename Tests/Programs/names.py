"""Names that are not ASCII, and lines that are far apart.

Each case reaches nesting's `burn`, which notes the true chain; a sample in it must show the same
names, files and lines. Threads carry names of one, two and four bytes a character, one longer than
the kernel's 15 bytes.
"""

import argparse
import threading

import handshake
import nesting


def straße(inner):
    inner()


def λόγος(inner):
    straße(inner)


def 𒀀(inner):
    """One of the letters that need four bytes a character in memory."""
    λόγος(inner)


class Größe:
    def 計算(self, inner):
        𒀀(inner)

    @staticmethod
    def ελέγχω(inner):
        def внутри():
            inner()

        внутри()


def compiled(file, source):
    """The function `start` of `source`, which calls itself `file`."""
    namespace = {}
    exec(compile(source, file, "exec"), namespace)
    return namespace["start"]


def far_down(lines):
    """A call `lines` below its function's first line, and one above the line before it."""
    return (
        "def start(inner):\n    value = 1\n" + "\n" * lines + "    (lambda: inner(\n"
        + "\n" * lines + "    ))()\n    return value\n")


# The body of `finally` is compiled twice, and a call may stretch over many lines.
FINALLY = """
def start(inner):
    try:
        try:
            raise KeyError
        finally:
            pass; inner()
    except KeyError:
        pass
"""

LONG_LINE = "def start(inner):\n    value = 0" + " + 1" * 2000 + "; inner()\n"

SPREAD = """
def decorate(*_):
    return lambda function: function

@decorate(
    1,
    2,
)
def start(
    inner,
):
    return [
        inner
        (
        )
        for _
        in
        [1]
    ]
"""

CASES = [
    straße, λόγος, 𒀀, Größe().計算, Größe.ελέγχω,
    compiled("/nowhere/été.py", far_down(3)),
    compiled("/nowhere/日本語.py", far_down(200)),
    compiled("/nowhere/😀 with space.py", far_down(40000)),
    compiled("/nowhere/ß.py", FINALLY),
    compiled("/nowhere/long.py", LONG_LINE),
    compiled("/nowhere/spread.py", SPREAD),
]
THREADS = ["plain", "Straße", "Νήμα-二", "𒀀𒀁", "a name of more than fifteen bytes"]
ALONE = ["the first alone", "the second alone", "the third alone"]


def run_threads():
    names = {}

    def work():
        names[threading.get_native_id()] = threading.current_thread().name
        nesting.burn()

    threads = [threading.Thread(target=work, name=name) for name in THREADS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Each of them is gone before the next one begins.
    for name in ALONE:
        thread = threading.Thread(target=work, name=name)
        thread.start()
        thread.join()
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.1, help="CPU seconds, each case")
    arguments = parser.parse_args()
    nesting.SECONDS = arguments.seconds
    handshake.ready()
    for case in CASES:
        case(nesting.burn)
    nesting.SECONDS = 2 * arguments.seconds
    names = run_threads()
    handshake.truth(
        innermost="burn", chains=list(nesting.CHAINS.values()),
        threads=[{"tid": tid, "name": name} for tid, name in names.items()])


if __name__ == "__main__":
    main()
