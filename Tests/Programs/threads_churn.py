"""Many short threads: each burns a few milliseconds in `churn_work`, and few live at a time."""

import argparse
import threading
import time

import handshake
from burning import burn


def churn_work(seconds, done):
    done.append((threading.get_native_id(), burn(seconds)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1000)
    parser.add_argument("--alive", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.005, help="CPU seconds, each thread")
    arguments = parser.parse_args()
    handshake.ready()
    done = []
    alive = []
    start = time.monotonic()
    for index in range(arguments.threads):
        if len(alive) == arguments.alive:
            alive.pop(0).join()
        thread = threading.Thread(
            target=churn_work, args=(arguments.seconds, done), name="churn-%d" % index)
        thread.start()
        alive.append(thread)
    for thread in alive:
        thread.join()
    burned = [seconds for _, seconds in done]
    handshake.truth(
        wall_s=time.monotonic() - start, threads=len(done), function="churn_work",
        cpu_s=sum(burned), shortest_s=min(burned), longest_s=max(burned),
        tids=[tid for tid, _ in done])


if __name__ == "__main__":
    main()
