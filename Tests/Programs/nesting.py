"""Python -> C -> Python nesting by every mechanism that a program commonly meets.

Each mechanism calls `burn` through C code (or through an interpreter's own call path). `burn`
notes the chain of frames it was reached by, then burns CPU; every sample in `burn` must show one
of the noted chains, complete, line by line. `grand_tour` nests all mechanisms in one stack.
"""

import argparse
import contextlib
import ctypes
import functools
import itertools
import json
import re
import sys
import threading
import time
import types
import weakref

import handshake

CHAINS = {}
SECONDS = 0.1


def burn():
    """Burns SECONDS of CPU; notes the frames above it, once for each distinct chain."""
    start = now = time.thread_time()
    chain = noted(sys._getframe())
    value = 1
    while now - start < SECONDS:
        for _ in range(3000):
            value = (value * 1103515245 + 12345) & 0x7FFFFFFF
        now = time.thread_time()
    chain["cpu_s"] += now - start


def noted(frame):
    frames = []
    innermost = frame.f_code
    while frame is not None:
        code = frame.f_code
        frames.append({
            "name": code.co_name,
            "qualname": getattr(code, "co_qualname", None),  # 3.11+
            "file": code.co_filename,
            "first_line": code.co_firstlineno,
            # `burn` itself moves on; its callers stay on the line that they called from.
            "line": None if code is innermost else frame.f_lineno,
        })
        frame = frame.f_back
    frames.reverse()
    key = tuple((entry["name"], entry["file"], entry["line"]) for entry in frames)
    if key not in CHAINS:
        CHAINS[key] = {"cpu_s": 0.0, "thread": threading.get_native_id(), "frames": frames}
    return CHAINS[key]


# The mechanisms. Each calls `inner` exactly once, through what its name says.

def via_sorted_key(inner):
    sorted([1], key=lambda _: inner())


def via_list_sort_key(inner):
    [1].sort(key=lambda _: inner())


def via_sort_comparison(inner):
    class Item:
        def __lt__(self, other):
            inner()
            return False

    sorted([Item(), Item()])


def via_reduce(inner):
    functools.reduce(lambda left, right: inner(), [1, 2])


def via_map(inner):
    list(map(lambda _: inner(), [1]))


def via_filter(inner):
    list(filter(lambda _: inner(), [1]))


def via_max_key(inner):
    max([1, 2], key=lambda item: inner() or 0 if item == 1 else 0)


def via_takewhile(inner):
    list(itertools.takewhile(lambda _: inner() is None, [1]))


COMPARISON = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))


def via_qsort_callback(inner):
    """libc's qsort calls back through a libffi closure, which has no unwind information."""
    calls = []

    def compare(left, right):
        if not calls:
            calls.append(1)
            inner()
        return left[0] - right[0]

    libc = ctypes.CDLL(None)
    numbers = (ctypes.c_int * 2)(2, 1)
    libc.qsort(numbers, ctypes.c_size_t(2), ctypes.c_size_t(4), COMPARISON(compare))


def via_generator(inner):
    def generate():
        yield inner()

    for _ in generate():
        pass


def via_yield_from(inner):
    def generate():
        yield inner()

    def delegate():
        yield from generate()

    list(delegate())


def via_generator_close(inner):
    def generate():
        try:
            yield 1
        finally:
            inner()

    generator = generate()
    next(generator)
    generator.close()


def via_generator_expression(inner):
    any(inner() for _ in [1])


def via_list_comprehension(inner):
    return [inner() for _ in [1]]


def via_del(inner):
    class Dying:
        def __del__(self):
            inner()

    victim = Dying()
    del victim


def via_weakref_callback(inner):
    class Referent:
        pass

    referent = Referent()
    reference = weakref.ref(referent, lambda _: inner())
    del referent
    return reference


def via_re_sub(inner):
    re.sub("a", lambda match: inner() or "b", "a")


def via_json_default(inner):
    class Opaque:
        pass

    json.dumps(Opaque(), default=lambda _: inner())


def via_property(inner):
    class Owner:
        @property
        def value(self):
            return inner()

    return Owner().value


def via_getattr(inner):
    class Owner:
        def __getattr__(self, name):
            return inner()

    return Owner().missing


def via_descriptor(inner):
    class Descriptor:
        def __get__(self, instance, owner):
            return inner()

    class Owner:
        value = Descriptor()

    return Owner().value


def via_init(inner):
    class Made:
        def __init__(self):
            inner()

    Made()


def via_new(inner):
    class Made:
        def __new__(cls):
            inner()
            return object.__new__(cls)

    Made()


def via_call(inner):
    class Callable:
        def __call__(self):
            inner()

    Callable()()


def via_metaclass(inner):
    class Meta(type):
        def __init__(cls, name, bases, namespace):
            inner()

    class Made(metaclass=Meta):
        pass

    return Made


def via_class_body(inner):
    class Body:
        value = inner()

    return Body


def via_hash(inner):
    class Key:
        def __hash__(self):
            inner()
            return 1

    return {Key: 1, 2: Key}.get(Key())


def via_format(inner):
    class Formatted:
        def __format__(self, specification):
            inner()
            return ""

    return f"{Formatted()}"


def via_iteration(inner):
    class Iterator:
        def __init__(self):
            self.left = 1

        def __iter__(self):
            return self

        def __next__(self):
            if self.left == 0:
                raise StopIteration
            self.left -= 1
            return inner()

    list(Iterator())


def via_context_manager(inner):
    @contextlib.contextmanager
    def manager():
        inner()
        yield

    with manager():
        pass


def via_exit(inner):
    class Manager:
        def __enter__(self):
            return self

        def __exit__(self, *exception):
            inner()

    with Manager():
        pass


def via_coroutine(inner):
    async def innermost():
        inner()

    async def middle():
        await innermost()

    with contextlib.suppress(StopIteration):
        middle().send(None)


def via_async_generator(inner):
    async def generate():
        yield inner()

    async def consume():
        async for _ in generate():
            pass

    with contextlib.suppress(StopIteration):
        consume().send(None)


def via_awaitable(inner):
    class Awaitable:
        def __await__(self):
            inner()
            return iter(())

    async def waiter():
        await Awaitable()

    with contextlib.suppress(StopIteration):
        waiter().send(None)


def via_exec(inner):
    exec("inner()", {"inner": inner})


def via_eval(inner):
    eval("(lambda: inner())()", {"inner": inner})


def via_module_getattr(inner):
    module = types.ModuleType("nesting_module")
    module.__getattr__ = lambda name: inner()
    return module.missing


def via_partial(inner):
    functools.partial(lambda value: inner(), 1)()


def via_lru_cache(inner):
    functools.lru_cache(maxsize=None)(lambda: inner())()


def via_single_dispatch(inner):
    functools.singledispatch(lambda value: inner())(1)


def via_decorator(inner):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*arguments, **keywords):
            return function(*arguments, **keywords)

        return wrapper

    @decorate
    def decorated():
        inner()

    decorated()


def via_recursion(inner, depth=200):
    if depth == 0:
        inner()
    else:
        via_recursion(inner, depth - 1)


def via_exception_handler(inner):
    try:
        {}["missing"]
    except KeyError:
        inner()


def via_thread(inner):
    thread = threading.Thread(target=inner, name="nested")
    thread.start()
    thread.join()


MECHANISMS = [value for name, value in list(globals().items()) if name.startswith("via_")]
# A thread starts a stack of its own, so it is not part of the tour.
TOUR = [mechanism for mechanism in MECHANISMS if mechanism is not via_thread]


def grand_tour(left):
    """All mechanisms nested: each calls this function again, the last one burns."""
    if not left:
        burn()
        return
    left[0](lambda: grand_tour(left[1:]))


def main():
    global SECONDS
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=0.1, help="CPU seconds, each mechanism")
    parser.add_argument("--tour-seconds", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    sys.setrecursionlimit(10000)
    handshake.ready(mechanisms=[mechanism.__name__ for mechanism in MECHANISMS])
    for _ in range(arguments.rounds):
        SECONDS = arguments.seconds
        for mechanism in MECHANISMS:
            mechanism(burn)
        SECONDS = arguments.tour_seconds
        grand_tour(TOUR)
    handshake.truth(innermost="burn", chains=list(CHAINS.values()))


if __name__ == "__main__":
    main()
