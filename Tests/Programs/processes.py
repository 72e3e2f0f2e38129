"""A family of processes, each of which burns CPU in functions of its own, and says how much and who
traced it.

--how pool: a multiprocessing.Pool, --method fork, spawn or forkserver.
--how prefork: a server as gunicorn makes them: the parent listens, forked workers accept and answer.
--how storm: short children one after the other, --rate a second, with /bin/true and with this Python.
--how exec: a forked child that becomes another interpreter (--other) by exec.
"""

import argparse
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time

import handshake
from burning import burn
from tracing import tracer

OTHER_SOURCE = """
import os, time, json
tracer = [line.split()[1] for line in open("/proc/self/status") if line.startswith("TracerPid")][0]
def other_work(seconds):
    start = time.thread_time()
    while time.thread_time() < start + seconds:
        for _ in range(2000): pass
    return time.thread_time() - start
burned = other_work(%r)
document = {"pid": os.getpid(), "cpu_s": burned, "tracer": int(tracer)}
os.write(%d, json.dumps(document).encode())
"""

# Exits with 3, or with 4 where somebody traces it.
SHORT_SOURCE = """
tracer = [line.split()[1] for line in open("/proc/self/status") if line.startswith("TracerPid")][0]
raise SystemExit(3 if tracer == "0" else 4)
"""


def pool_work(seconds):
    return burn(seconds)


def task(seconds):
    return os.getpid(), pool_work(seconds), tracer()


def pool(arguments):
    context = multiprocessing.get_context(arguments.method)
    burned = {}
    tracers = {}
    with context.Pool(arguments.workers) as workers:
        slices = 10
        for pid, cpu, traced_by in workers.imap_unordered(
                task, [arguments.seconds / slices] * (slices * arguments.workers)):
            burned[pid] = burned.get(pid, 0) + cpu
            tracers[pid] = max(traced_by, tracers.get(pid, 0))
        own = parent_work(arguments.seconds)
    return {"workers": workers_of(burned, tracers), "function": "pool_work", "cpu_s": own}


def workers_of(burned, tracers):
    return [{"pid": pid, "cpu_s": cpu, "tracer": tracers[pid]} for pid, cpu in burned.items()]


def parent_work(seconds):
    return burn(seconds)


def handle_request(seconds):
    return burn(seconds)


def serve(listener, seconds):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        connection, _ = listener.accept()
        connection.recv(1)
        burned = handle_request(seconds)
        reply = {"pid": os.getpid(), "cpu_s": burned, "tracer": tracer()}
        connection.sendall(json.dumps(reply).encode())
        connection.close()


def request(address):
    client = socket.create_connection(address)
    client.sendall(b"x")
    return client


def answer(client):
    text = b""
    while True:
        more = client.recv(4096)
        if not more:
            return json.loads(text)
        text += more


def prefork(arguments):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    workers = []
    for _ in range(arguments.workers):
        pid = os.fork()
        if pid == 0:
            serve(listener, arguments.seconds / 10)
        workers.append(pid)
    burned = dict.fromkeys(workers, 0.0)
    tracers = dict.fromkeys(workers, 0)
    for _ in range(10):
        clients = [request(listener.getsockname()) for _ in workers]
        for client in clients:
            reply = answer(client)
            burned[reply["pid"]] += reply["cpu_s"]
            tracers[reply["pid"]] = max(reply["tracer"], tracers[reply["pid"]])
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    statuses = [os.waitpid(pid, 0)[1] for pid in workers]
    return {"workers": workers_of(burned, tracers), "function": "handle_request",
            "statuses": statuses}


def storm(arguments):
    counts = {"trues": 0, "pythons": 0, "wrong": 0, "traced": 0}
    start = time.monotonic()
    while time.monotonic() < start + arguments.seconds:
        due = (time.monotonic() - start) * arguments.rate
        made = counts["trues"] + counts["pythons"]
        if made >= due:
            time.sleep(0.001)
            continue
        is_python = made % 50 == 49
        command = [sys.executable, "-S", "-c", SHORT_SOURCE] if is_python else ["true"]
        status = subprocess.run(command).returncode
        counts["pythons" if is_python else "trues"] += 1
        counts["traced"] += status == 4
        counts["wrong"] += status not in ((3, 4) if is_python else (0,))
    return counts


def becoming(arguments):
    read_end, write_end = os.pipe()
    os.set_inheritable(write_end, True)
    pid = os.fork()
    if pid == 0:
        burned = before_exec(arguments.seconds)
        document = {"pid": os.getpid(), "cpu_s": burned, "tracer": tracer()}
        os.write(write_end, json.dumps(document).encode() + b"\n")
        source = OTHER_SOURCE % (arguments.seconds, write_end)
        os.execv(arguments.other, [arguments.other, "-S", "-c", source])
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        before, after = [json.loads(line) for line in pipe.read().splitlines()]
    return {"before": before, "after": after, "status": os.waitpid(pid, 0)[1]}


def before_exec(seconds):
    return burn(seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--how", choices=["pool", "prefork", "storm", "exec"], default="pool")
    parser.add_argument("--method", default="fork")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.5, help="CPU seconds of each worker")
    parser.add_argument("--rate", type=float, default=200, help="children a second")
    parser.add_argument("--other", default=sys.executable)
    arguments = parser.parse_args()
    handshake.ready()
    work = {"pool": pool, "prefork": prefork, "storm": storm, "exec": becoming}[arguments.how]
    handshake.truth(**work(arguments))


if __name__ == "__main__":
    main()
