#!/usr/bin/env python3
"""Records programs that live in native libraries, and counts what hyflame knows of their stacks.

    Scripts/native-stacks.py --python .venv-natives/bin/python [--seconds 5] [--rate 1000] [NAME...]

The interpreter needs the libraries: pip install numpy scipy scikit-learn pandas torch pydantic orjson
cryptography. A library that is missing is named and left out. Prints the table of Docs/Symbols.md:

  named       native frames with a function's name
  start       native frames without a symbol, named by the start of their function (an FDE)
  neither     the rest; code in no file counts here unless its maker named it
  to the end  samples whose native stack reaches the function in which the thread began

Frames are weighted by their time. Imports are over when the recording begins.
"""

import argparse, json, os, re, struct, subprocess, sys, tempfile, time

WORK = {
    "numpy": """
import numpy as np
a = np.random.rand(300, 300); b = np.random.rand(20000)
def work(): np.linalg.svd(a[:60, :60]); a @ a; np.sort(b); np.fft.fft(b); np.exp(b).sum(); b.astype('f4')
""",
    "scipy": """
import numpy as np, scipy.optimize, scipy.integrate, scipy.sparse, scipy.sparse.linalg, scipy.special
m = scipy.sparse.random(400, 400, 0.02, format='csc') + scipy.sparse.eye(400, format='csc')
def work():
    scipy.optimize.minimize(scipy.optimize.rosen, np.zeros(4)); scipy.sparse.linalg.spsolve(m, np.ones(400))
    scipy.integrate.solve_ivp(lambda t, y: -y, (0, 5), np.ones(3)); scipy.special.gammaln(np.arange(1, 5000.0))
""",
    "scikit-learn (Cython)": """
import numpy as np
from sklearn.ensemble import RandomForestClassifier, HistGradientBoostingClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.cluster import KMeans
r = np.random.RandomState(0); x = r.rand(800, 10); y = (x[:, 0] > x[:, 1]).astype(int)
def work():
    RandomForestClassifier(20).fit(x, y).predict(x); KNeighborsClassifier().fit(x, y).predict(x)
    SVC().fit(x, y); KMeans(5, n_init=2).fit(x); HistGradientBoostingClassifier(max_iter=5).fit(x, y)
""",
    "pandas (Cython)": """
import numpy as np, pandas as pd
d = pd.DataFrame({'k': np.random.randint(0, 50, 20000), 'v': np.random.rand(20000)}); e = d.head(2000)
def work():
    d.groupby('k').v.agg(['mean', 'std']); e.merge(e, on='k').v_x.sum(); d.sort_values('v')
    pd.read_csv(__import__('io').StringIO(e.to_csv())); d.v.rolling(20).median()
""",
    "torch (CPU)": """
import torch
net = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 10))
opt = torch.optim.Adam(net.parameters())
def work():
    loss = torch.nn.functional.cross_entropy(net(torch.randn(64, 256)), torch.randint(0, 10, (64,)))
    opt.zero_grad(); loss.backward(); opt.step()
    torch.sort(torch.randn(5000)); torch.linalg.svd(torch.randn(40, 40)); torch.fft.fft(torch.randn(4096))
""",
    "pydantic-core (Rust)": """
from pydantic import BaseModel
class Item(BaseModel):
    name: str
    tags: list[str]
    price: float
rows = [{'name': f'n{i}', 'tags': ['a', 'b'], 'price': i * 1.5} for i in range(200)]
def work():
    for row in rows: Item.model_validate(row).model_dump_json()
""",
    "orjson (Rust)": """
import orjson
data = {'a': list(range(1000)), 'b': [{'x': i, 'y': str(i)} for i in range(500)], 'c': [i / 7 for i in range(500)]}
text = orjson.dumps(data)
def work(): orjson.dumps(data); orjson.loads(text)
""",
    "cryptography (Rust)": """
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives import hashes
f = Fernet(Fernet.generate_key()); key = ed25519.Ed25519PrivateKey.generate(); e = ec.generate_private_key(ec.SECP256R1())
def work():
    f.decrypt(f.encrypt(b'x' * 5000)); key.sign(b'y' * 500); e.sign(b'z', ec.ECDSA(hashes.SHA256()))
""",
}

RUN = """
import sys, time
work()
print("ready", flush=True)
sys.stdin.readline()
end = time.time() + float(sys.argv[1])
while time.time() < end: work()
"""

STARTS = {"_start", "clone3", "clone", "__clone", "__clone3", "_dl_start_user", "_dl_start", "ret_from_fork"}


def function_starts(path):
    """Starts of all functions with call frame information, from .eh_frame_hdr."""
    with open(path, "rb") as file:
        header = file.read(64)
        phoff, phsize, phnum = struct.unpack_from("<Q", header, 32)[0], *struct.unpack_from("<HH", header, 54)
        file.seek(phoff)
        table = file.read(phsize * phnum)
        for i in range(phnum):
            kind, _, offset, address = struct.unpack_from("<IIQQ", table, i * phsize)
            size = struct.unpack_from("<Q", table, i * phsize + 32)[0]
            if kind == 0x6474E550:  # PT_GNU_EH_FRAME
                file.seek(offset)
                data = file.read(size)
                if data[:4] != b"\x01\x1b\x03\x3b":
                    return None
                count = struct.unpack_from("<I", data, 8)[0]
                return {address + struct.unpack_from("<i", data, 12 + 8 * n)[0] for n in range(count)}
    return set()


def report(hyflame, data, *options):
    return subprocess.run([hyflame, "report", data, *options, "-o", "-"], check=True, stdout=subprocess.PIPE).stdout.decode()


def measure(hyflame, python, source, seconds, rate):
    with tempfile.TemporaryDirectory() as folder:
        data, program = f"{folder}/hyflame.data", f"{folder}/program.py"
        with open(program, "w") as file:
            file.write(source + RUN)
        # Imports are over when it begins: what is measured is the library at work.
        target = subprocess.Popen([python, program, str(seconds)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if target.stdout.readline() != b"ready\n":
            target.wait()
            return None
        recorder = subprocess.Popen([hyflame, "record", "-q", "-r", str(rate), "-o", data, "-p", str(target.pid)])
        time.sleep(1)
        target.communicate(b"\n")
        if recorder.wait() != 0:
            return None
        summary = json.loads(report(hyflame, data, "--json", "-l", "0", "--plumbing"))
        text = " ".join(report(hyflame, data).split())
        notes = re.findall(r"\d+ native stacks \([^)]*\) end .*?(?= \d+ [a-z]+ (?:ticks|samples)|$)", text)
        folded = report(hyflame, data, "--folded", "--plumbing", "--native-only", "--no-inline", "-i")
    paths = {f["module"].rsplit("/", 1)[-1]: f["module"] for f in summary["functions"] if f["module"]}
    starts, counts, missing = {}, {"named": 0, "start": 0, "neither": 0, "stacks": 0}, {}
    for line in folded.splitlines():
        stack, weight = line.rsplit(" ", 1)
        weight = int(weight)
        frames = [f for f in stack.split(";") if not f.endswith("_[k]") and not f.startswith("thread ")]
        if not frames or frames == ["[no stack]"]:
            continue
        counts["stacks"] += weight
        root = frames[0].split(" (")[0]
        if root not in STARTS:
            missing["ends at " + frames[0]] = missing.get("ends at " + frames[0], 0) + weight
        for frame in frames:
            match = re.fullmatch(r"(.+)\+0x([0-9a-f]+)", frame)
            kind = "named"
            if match:
                name, address = match.group(1), int(match.group(2), 16)
                if name not in starts:
                    path = paths.get(name, "")
                    starts[name] = function_starts(path) if os.path.exists(path) else set()
                kind = "start" if starts[name] is None or address in starts[name] else "neither"
            if kind == "neither":
                missing[frame] = missing.get(frame, 0) + weight
            counts[kind] += weight
    return counts, summary, sorted(missing.items(), key=lambda item: -item[1])[:5], notes


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=".venv-natives/bin/python")
    parser.add_argument("--hyflame", default=".build/release/hyflame")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--verbose", action="store_true", help="say what is missing")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    chosen = [n for n in WORK if not options.names or any(n.startswith(o) for o in options.names)]
    print("| library | samples | named | start | neither | to the end | merged exactly |")
    print("|---|---|---|---|---|---|---|")
    failed = False
    for name in chosen:
        found = measure(options.hyflame, options.python, WORK[name], options.seconds, options.rate)
        if found is None:
            print(f"SKIPPED: {name} cannot be imported", file=sys.stderr)
            continue
        counts, summary, missing, notes = found
        frames = counts["named"] + counts["start"] + counts["neither"]
        share = lambda count, of: f"{100 * count / max(of, 1):.2f} %"
        merge = summary["merge"]
        samples = summary["recording"]["samples"]
        cut = sum(int(note.split()[0]) for note in notes)
        print(f"| {name} | {summary['recording']['samples']:,} | {share(counts['named'], frames)} "
              f"| {share(counts['start'], frames)} | {share(counts['neither'], frames)} "
              f"| {share(samples - cut, samples)} "
              f"| {share(merge['exact'], merge['exact'] + merge['partial'] + merge['python_only'])} |", flush=True)
        failed |= counts["neither"] > 0.01 * frames or cut > 0.005 * samples
        if options.verbose:
            print(f"    {summary['recording']['lost']} records lost", file=sys.stderr)
            for what, weight in missing:
                print(f"    {share(weight, counts['stacks'])} {what}", file=sys.stderr)
            for note in notes:
                print("   ", note, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
