"""Python -> C -> Python nesting by every mechanism that a program commonly meets.

Each mechanism calls `burn` through C code (or through an interpreter's own call path). `burn`
notes the chain of frames it was reached by, then burns CPU; every sample in `burn` must show one
of the noted chains, complete, line by line. `grand_tour` nests all mechanisms in one stack.
"""

import argparse
import asyncio
import bisect
import codecs
import collections
import contextlib
import csv
import ctypes
import datetime
import functools
import gc
import importlib
import io
import itertools
import json
import operator
import pickle
import re
import signal
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


def via_starmap(inner):
    list(itertools.starmap(lambda _: inner(), [(1,)]))


def via_accumulate(inner):
    list(itertools.accumulate([1, 2], lambda left, right: inner()))


def via_groupby(inner):
    list(itertools.groupby([1], key=lambda _: inner()))


def via_iter_sentinel(inner):
    list(iter(lambda: inner(), None))


def via_zip(inner):
    list(zip((inner() for _ in [1]), [1]))


def via_default_factory(inner):
    return collections.defaultdict(lambda: inner())["missing"]


def via_missing(inner):
    class Defaults(dict):
        def __missing__(self, key):
            return inner()

    return Defaults()["missing"]


def via_generator_send(inner):
    def receive():
        yield
        inner()
        yield

    generator = receive()
    next(generator)
    generator.send(1)


def via_generator_throw(inner):
    def catch():
        try:
            yield
        except KeyError:
            inner()
            yield

    generator = catch()
    next(generator)
    generator.throw(KeyError())


def via_gc_finalizer(inner):
    class Cyclic:
        def __del__(self):
            inner()

    victim = Cyclic()
    victim.itself = victim
    del victim
    gc.collect()


def via_gc_weakref_callback(inner):
    class Cyclic:
        pass

    victim = Cyclic()
    victim.itself = victim
    reference = weakref.ref(victim, lambda _: inner())
    del victim
    gc.collect()
    return reference


def via_gc_callback(inner):
    def callback(phase, info):
        if phase == "stop":
            gc.callbacks.remove(callback)
            inner()

    gc.callbacks.append(callback)
    gc.collect()


def via_getattribute(inner):
    class Owner:
        def __getattribute__(self, name):
            return inner()

    return Owner().anything


def via_setattr(inner):
    class Owner:
        def __setattr__(self, name, value):
            inner()

    Owner().anything = 1


def via_data_descriptor(inner):
    class Descriptor:
        def __set__(self, instance, value):
            inner()

    class Owner:
        value = Descriptor()

    Owner().value = 1


def via_getitem(inner):
    class Owner:
        def __getitem__(self, index):
            return inner()

    return Owner()[1]


def via_contains(inner):
    class Owner:
        def __contains__(self, item):
            inner()
            return True

    return 1 in Owner()


def via_equality(inner):
    class Equal:
        def __eq__(self, other):
            inner()
            return True

    return [1].index(Equal())


def via_truth(inner):
    class Truth:
        def __bool__(self):
            inner()
            return True

    return bool(Truth())


def via_length(inner):
    class Sized:
        def __len__(self):
            inner()
            return 1

    return len(Sized())


def via_index(inner):
    class Index:
        def __index__(self):
            inner()
            return 0

    return [1][Index()]


def via_add(inner):
    class Number:
        def __add__(self, other):
            return inner()

    return Number() + 1


def via_reflected_add(inner):
    class Number:
        def __radd__(self, other):
            return inner()

    return sum([Number()])


def via_str(inner):
    class Printed:
        def __str__(self):
            inner()
            return ""

    return "%s" % Printed()


def via_repr(inner):
    class Shown:
        def __repr__(self):
            inner()
            return ""

    return repr([Shown()])


def via_print(inner):
    class Sink:
        def write(self, text):
            if text == "text":
                inner()

    print("text", file=Sink())


def via_csv(inner):
    class Sink:
        def write(self, text):
            inner()

    csv.writer(Sink()).writerow([1])


def via_buffered_reader(inner):
    class Raw(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            inner()
            return 0

    io.BufferedReader(Raw()).read(1)


def via_pickle(inner):
    class Pickled:
        def __reduce__(self):
            inner()
            return int, ()

    pickle.dumps(Pickled())


def via_codec_error(inner):
    def handle(error):
        inner()
        return "?", error.end

    codecs.register_error("nesting", handle)
    b"\xff".decode("ascii", "nesting")


def via_time_zone(inner):
    class Zone(datetime.tzinfo):
        def utcoffset(self, moment):
            inner()

    return datetime.datetime(2000, 1, 1, tzinfo=Zone()).utcoffset()


def via_enter(inner):
    class Manager:
        def __enter__(self):
            inner()

        def __exit__(self, *exception):
            pass

    with Manager():
        pass


def via_finally(inner):
    with contextlib.suppress(KeyError):
        try:
            raise KeyError
        finally:
            inner()


def via_init_subclass(inner):
    class Base:
        def __init_subclass__(cls):
            inner()

    class Derived(Base):
        pass

    return Derived


def via_set_name(inner):
    class Named:
        def __set_name__(self, owner, name):
            inner()

    class Owner:
        value = Named()

    return Owner


def via_metaclass_call(inner):
    class Meta(type):
        def __call__(cls):
            return inner()

    class Made(metaclass=Meta):
        pass

    return Made()


def via_prepare(inner):
    class Meta(type):
        @classmethod
        def __prepare__(mcs, name, bases):
            inner()
            return {}

    class Made(metaclass=Meta):
        pass

    return Made


def via_super(inner):
    class Base:
        def method(self):
            inner()

    class Derived(Base):
        def method(self):
            super().method()

    Derived().method()


def via_init_repeated(inner):
    """Specialised from 3.13 on: an `__init__` trampoline frame stands behind each `__init__`."""
    class Made:
        def __init__(self, function):
            if function:
                function()

    for turn in range(40):
        Made(inner if turn == 39 else None)


def via_method_caller(inner):
    class Owner:
        def method(self):
            inner()

    operator.methodcaller("method")(Owner())


def via_attribute_getter(inner):
    class Owner:
        @property
        def value(self):
            return inner()

    operator.attrgetter("value")(Owner())


def via_star_arguments(inner):
    def called(*arguments, **keywords):
        inner()

    called(*(1, 2), **{"three": 3})


def via_python_api(inner):
    call = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object)(
        ("PyObject_CallObject", ctypes.pythonapi))
    call(lambda: inner(), ())


def via_import_hook(inner):
    class Finder:
        @staticmethod
        def find_spec(name, path, target=None):
            if name == "nesting_missing":
                sys.meta_path.remove(Finder)
                inner()

    sys.meta_path.insert(0, Finder)
    with contextlib.suppress(ImportError):
        importlib.import_module("nesting_missing")


def via_signal_handler(inner):
    before = signal.signal(signal.SIGUSR1, lambda number, frame: inner())
    signal.raise_signal(signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)


def via_trace_function(inner):
    def traced():
        return 1

    def trace(frame, event, argument):
        sys.settrace(None)
        inner()

    sys.settrace(trace)
    traced()
    sys.settrace(None)


def via_profile_function(inner):
    def profiled():
        return 1

    def profile(frame, event, argument):
        sys.setprofile(None)
        inner()

    sys.setprofile(profile)
    profiled()
    sys.setprofile(None)


def via_asyncio_task(inner):
    async def task():
        inner()

    async def start():
        await asyncio.get_running_loop().create_task(task())

    loop = asyncio.new_event_loop()
    loop.run_until_complete(start())
    loop.close()


if sys.version_info >= (3, 10):
    def via_bisect_key(inner):
        bisect.bisect_left([1], 1, key=lambda _: inner() or 1)

    def via_anext(inner):
        async def generate():
            yield inner()

        async def consume():
            await anext(generate())

        with contextlib.suppress(StopIteration):
            consume().send(None)

    def via_match(inner):
        source = """
def matched(value):
    match value:
        case Owner(attribute=None):
            pass

class Owner:
    @property
    def attribute(self):
        return inner()

matched(Owner())
"""
        exec(compile(source, "match.py", "exec"), {"inner": inner})

if sys.version_info >= (3, 11):
    def via_exception_group(inner):
        source = """
def handled():
    try:
        raise ExceptionGroup("two", [KeyError(), ValueError()])
    except* KeyError:
        pass
    except* ValueError:
        inner()

handled()
"""
        exec(compile(source, "group.py", "exec"), {"inner": inner})

if sys.version_info >= (3, 12):
    def via_type_alias(inner):
        namespace = {"inner": inner}
        exec(compile("type Alias = inner()", "alias.py", "exec"), namespace)
        return namespace["Alias"].__value__

    def via_buffer(inner):
        class Buffer:
            def __buffer__(self, flags):
                inner()
                return memoryview(b"")

        memoryview(Buffer())

    def via_monitoring(inner):
        def watched():
            return 1

        def callback(code, offset):
            monitoring.set_local_events(2, watched.__code__, 0)
            inner()

        monitoring = sys.monitoring
        monitoring.use_tool_id(2, "nesting")
        monitoring.register_callback(2, monitoring.events.PY_START, callback)
        monitoring.set_local_events(2, watched.__code__, monitoring.events.PY_START)
        watched()
        monitoring.register_callback(2, monitoring.events.PY_START, None)
        monitoring.free_tool_id(2)

if sys.version_info >= (3, 14):
    def via_annotation(inner):
        def annotated(argument: inner()):
            pass

        return annotated.__annotations__


def via_thread(inner):
    thread = threading.Thread(target=inner, name="nested")
    thread.start()
    thread.join()


MECHANISMS = [value for name, value in list(globals().items()) if name.startswith("via_")]
# Not part of the tour: a thread starts a stack of its own, the collector does not collect while it
# collects, and what is called by a trace function is not traced.
ALONE = {
    "via_thread", "via_gc_weakref_callback", "via_gc_callback", "via_profile_function",
    "via_monitoring",
}
TOUR = [mechanism for mechanism in MECHANISMS if mechanism.__name__ not in ALONE]


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
