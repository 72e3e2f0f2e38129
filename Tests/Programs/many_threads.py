"""Hundreds of sleeping threads and one busy one, or two.

The truth line gives, for every sleeper, how often it left the CPU between the ready line and the
go line (the attach) and between the go line and the end (the recording): a recorder that stops
sleepers on a timer cannot hide from that. `eintr` counts waits that came back too early.
"""

import argparse
import queue
import select
import socket
import threading
import time
import zlib

import handshake
from burning import burn

LONG = 3600


class Sleepers:
    """What the sleeping threads wait for, and how they are let go."""

    def __init__(self):
        self.event = threading.Event()
        self.lock = threading.Lock()
        self.lock.acquire()
        self.queue = queue.Queue()
        self.far_end, self.near_end = socket.socketpair()
        self.waking = False
        self.too_early = 0

    def sleep_in_time_sleep(self):
        time.sleep(LONG)

    def sleep_in_event_wait(self):
        self.event.wait()

    def sleep_in_timed_event_wait(self):
        self.event.wait(LONG)

    def sleep_in_lock_acquire(self):
        self.lock.acquire()
        self.lock.release()

    def sleep_in_recv(self):
        self.near_end.recv(1, socket.MSG_PEEK)

    def sleep_in_queue_get(self):
        self.queue.get()
        self.queue.put(None)

    def sleep_in_select(self):
        select.select([self.near_end], [], [])

    def sleep_in_epoll(self):
        with select.epoll() as poller:
            poller.register(self.near_end, select.EPOLLIN)
            poller.poll()

    def ways(self):
        return [getattr(self, name) for name in dir(self) if name.startswith("sleep_in_")]

    def run(self, way, tids):
        tids[threading.get_native_id()] = way.__name__
        way()
        if not self.waking:
            self.too_early += 1

    def wake(self):
        self.waking = True
        self.event.set()
        self.lock.release()
        self.queue.put(None)
        self.far_end.send(b"x")


def busy_main(seconds):
    return burn(seconds)


class Pair:
    """Two threads that are busy for `seconds` of CPU time each."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.go = threading.Event()
        self.tids = []
        self.cpu = {}
        self.threads = [threading.Thread(target=self.run) for _ in range(2)]
        for thread in self.threads:
            thread.start()
        while len(self.tids) < len(self.threads):
            time.sleep(0.01)

    def run(self):
        self.tids.append(threading.get_native_id())
        self.go.wait()
        start = time.thread_time()
        busy_without_gil(start + self.seconds)
        self.cpu[threading.get_native_id()] = time.thread_time() - start

    def work(self):
        self.go.set()
        for thread in self.threads:
            thread.join()


def busy_without_gil(end):
    data = bytes(range(256)) * 8192
    while time.thread_time() < end:
        zlib.crc32(data)


def status_numbers(tid, *fields):
    with open("/proc/self/task/%d/status" % tid) as status:
        lines = dict(line.split(":", 1) for line in status)
    return [lines[field].strip() for field in fields]


def switches(tids):
    fields = ("voluntary_ctxt_switches", "nonvoluntary_ctxt_switches")
    return {tid: sum(int(number) for number in status_numbers(tid, *fields)) for tid in tids}


def wait_until_asleep(tids):
    while any(not status_numbers(tid, "State")[0].startswith("S") for tid in list(tids)):
        time.sleep(0.01)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=2.0, help="CPU seconds of the main thread")
    parser.add_argument("--pair", type=float, default=0.0, help="CPU seconds of either of a pair")
    arguments = parser.parse_args()
    threading.stack_size(256 * 1024)
    sleepers = Sleepers()
    ways = sleepers.ways()
    tids = {}
    threads = []
    for index in range(arguments.threads):
        way = ways[index % len(ways)]
        thread = threading.Thread(target=sleepers.run, args=(way, tids), daemon=True)
        thread.start()
        threads.append((way.__name__, thread))
    while len(tids) < arguments.threads:
        time.sleep(0.01)
    pair = Pair(arguments.pair) if arguments.pair else None
    wait_until_asleep([*tids, *(pair.tids if pair else [])])

    at_ready = switches(tids)
    handshake.ready(tids=tids)
    at_go = switches(tids)
    start = time.monotonic()
    burned = busy_main(arguments.seconds)
    if pair:
        pair.work()
    wall = time.monotonic() - start
    at_end = switches(tids)
    sleepers.wake()
    for name, thread in threads:
        if name != "sleep_in_time_sleep":
            thread.join()
    handshake.truth(
        wall_s=wall, function="busy_main", cpu_s=burned, too_early=sleepers.too_early,
        pair=pair.cpu if pair else {},
        switches_while_attaching={tid: at_go[tid] - at_ready[tid] for tid in tids},
        switches_while_recording={tid: at_end[tid] - at_go[tid] for tid in tids})


if __name__ == "__main__":
    main()
