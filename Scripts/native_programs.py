"""Programs that live in native libraries, and what their files say of functions; for the scripts."""

import struct

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
    "numba (JIT)": """
import numba, numpy as np
@numba.njit
def mix(a):
    s = 0.0
    for i in range(len(a)): s += a[i] * 0.5 % 3.0
    return s
@numba.njit
def sort(a): return np.sort(a)
a = np.random.rand(50000)
def work(): mix(a); sort(a)
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

# The functions in which threads begin.
STARTS = {"_start", "clone3", "clone", "__clone", "__clone3", "_dl_start_user", "_dl_start", "ret_from_fork"}


def program_headers(file):
    header = file.read(64)
    place, size, count = struct.unpack_from("<Q", header, 32)[0], *struct.unpack_from("<HH", header, 54)
    file.seek(place)
    table = file.read(size * count)
    for start in range(0, size * count, size):
        kind, _, offset, address = struct.unpack_from("<IIQQ", table, start)
        yield kind, offset, address, struct.unpack_from("<Q", table, start + 32)[0]


def load_segments(path):
    """(file offset, link-time address, size) of what is loaded."""
    with open(path, "rb") as file:
        return [(o, a, s) for kind, o, a, s in program_headers(file) if kind == 1]


def function_starts(path):
    """Starts of all functions with call frame information, from .eh_frame_hdr; None if that has another
    form than linkers give it."""
    with open(path, "rb") as file:
        for kind, offset, address, size in program_headers(file):
            if kind == 0x6474E550:  # PT_GNU_EH_FRAME
                file.seek(offset)
                data = file.read(size)
                if data[:4] != b"\x01\x1b\x03\x3b":
                    return None
                count = struct.unpack_from("<I", data, 8)[0]
                return {address + struct.unpack_from("<i", data, 12 + 8 * n)[0] for n in range(count)}
    return set()
