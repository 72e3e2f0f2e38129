"""300 threads that wait for one condition, and are all woken at once every 0.3 s."""

import argparse
import threading
import time

import handshake


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    arguments = parser.parse_args()
    condition = threading.Condition()
    ended = False

    def wait():
        with condition:
            while not ended:
                condition.wait()

    threads = [threading.Thread(target=wait, daemon=True) for _ in range(300)]
    for thread in threads:
        thread.start()
    handshake.ready()
    before = time.process_time()
    end = time.monotonic() + arguments.seconds
    while time.monotonic() < end:
        time.sleep(0.3)
        with condition:
            condition.notify_all()
    used = time.process_time() - before
    with condition:
        ended = True
        condition.notify_all()
    handshake.truth(cpu_s=used)


main()
