"""Work in the native code of the standard library, for ever: two dozen functions that count.

`ready` comes after one round of everything, so that nothing is imported or looked up any more. What
the truth is, another profiler of native code must say (Scripts/native-agreement.py); the program works
until it is killed.
"""

import bz2
import decimal
import hashlib
import io
import json
import lzma
import pickle
import random
import re
import sqlite3
import zlib

import handshake


def text(size):
    chance = random.Random(4)
    words = ["%x" % chance.randrange(1 << 20) for _ in range(500)]
    return " ".join(chance.choice(words) for _ in range(size // 6)).encode()


PLAIN = text(40000)
PACKED = {module: module.compress(PLAIN) for module in (zlib, bz2, lzma)}
DOCUMENT = [{"id": i, "name": "n%d" % i, "values": [i / 7, i, None]} for i in range(150)]
WRITTEN = json.dumps(DOCUMENT)
PATTERN = re.compile(rb"([0-9a-f]+) ([a-f]\w*)")
NUMBERS = [random.Random(5).random() for _ in range(20000)]
DIGITS = decimal.Context(prec=200)


def compress():
    zlib.compress(PLAIN[:15000])
    for module, packed in PACKED.items():
        module.decompress(packed)


def digest():
    for name in ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256"):
        hashlib.new(name, PLAIN * 4).digest()
    zlib.crc32(PLAIN * 20)
    zlib.adler32(PLAIN * 20)


def convert():
    json.loads(WRITTEN)
    json.dumps(DOCUMENT)
    pickle.loads(pickle.dumps(DOCUMENT))
    PATTERN.findall(PLAIN)
    PLAIN.decode().split()


def compute():
    sorted(NUMBERS)
    DIGITS.sqrt(decimal.Decimal(7))
    DIGITS.exp(decimal.Decimal("0.7"))
    pow(3, 10 ** 200, 10 ** 199 + 7)
    io.BytesIO(PLAIN).read()


def query(database):
    database.execute("select name, sum(value) from t group by name order by 2").fetchall()


def main():
    database = sqlite3.connect(":memory:")
    database.execute("create table t (name text, value real)")
    database.executemany(
        "insert into t values (?, ?)", [("k%d" % (i % 97), x) for i, x in enumerate(NUMBERS[:3000])])

    def work():
        compress()
        digest()
        convert()
        compute()
        query(database)

    work()
    handshake.ready()
    while True:
        work()


if __name__ == "__main__":
    main()
