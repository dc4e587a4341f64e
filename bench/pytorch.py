"""One workload of `hiddenstate bench` in PyTorch, measured the same way: `pytorch.py char-small.train [--threads 1] [--budget 5]`.

Prints one line of JSON in the form of `hiddenstate bench`. PyTorch gets the best of its settings: time-major tensors, gradients set
to none, inference mode and TorchScript for inference, oneDNN's recurrent kernels or PyTorch's own (tried in the process, the quicker
is measured), a heap that keeps its blocks, and one thread pool: give BLAS_DIR a folder with an OpenBLAS built for OpenMP
(Debian: libopenblas0-openmp), as a BLAS with a pool of its own fights PyTorch's for the cores. Without BLAS_DIR only BLAS gets threads.
"""
import json
import os
import resource
import sys
import time


def option(name, default):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default


THREADS, BUDGET = int(option("--threads", "1")), float(option("--budget", "5"))
BLAS_DIR = os.environ.get("BLAS_DIR", "")

# These count at process start only.
if "BENCH_READY" not in os.environ:
    os.environ.update(BENCH_READY="1", MALLOC_TRIM_THRESHOLD_="4000000000", MALLOC_MMAP_THRESHOLD_="33554432")
    os.environ.update(MALLOC_TOP_PAD_="67108864", OPENBLAS_NUM_THREADS=str(THREADS), MKL_NUM_THREADS=str(THREADS))
    os.environ["OMP_NUM_THREADS"] = str(THREADS if BLAS_DIR else 1)
    os.environ["LD_LIBRARY_PATH"] = f"{BLAS_DIR}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    os.execv(sys.executable, [sys.executable] + sys.argv)

import torch
import torch.nn as nn

sys.dont_write_bytecode = True
from models import MODELS, SEQ2SEQ, Model, Seq2Seq, batch

torch.set_num_threads(THREADS if BLAS_DIR else 1)


def times(run, seconds, least):
    """Seconds of each run, ascending, after warming up for 15 % of the time."""
    start, warm, found = time.perf_counter(), 0, []
    while warm < 2 or (warm < 50 and time.perf_counter() - start < 0.15 * seconds):
        run()
        warm += 1
    start = time.perf_counter()
    while len(found) < least or (time.perf_counter() - start < seconds and len(found) < 1000):
        before = time.perf_counter()
        run()
        found.append(time.perf_counter() - before)
    return sorted(found)


def training(w, onednn, foreach):
    kind = Seq2Seq if w["kind"] == "seq2seq" else Model
    model, (x, y) = kind(w, torch.float32), batch(w, torch.float32)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8, foreach=foreach)

    def step():
        torch._C._set_mkldnn_enabled(onednn)
        adam.zero_grad(set_to_none=True)
        loss = model.loss(x, y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        adam.step()
        return loss.item()

    return step


class Frozen(nn.Module):
    """What TorchScript can read of Model."""

    def __init__(self, model):
        super().__init__()
        self.emb = nn.Identity() if model.emb is None else model.emb
        self.rnn, self.out, self.last = model.rnn, model.out, model.w["kind"] == "regress"

    def forward(self, x):
        output, _ = self.rnn(self.emb(x))
        if self.last:
            return self.out(output[-1])
        return self.out(output)


def inference(w, onednn, scripted):
    model, (x, _) = Model(w, torch.float32).eval(), batch(w, torch.float32)
    if scripted:
        model = torch.jit.freeze(torch.jit.script(Frozen(model).eval()))

    def forward():
        torch._C._set_mkldnn_enabled(onednn)
        with torch.inference_mode():
            return model(x)

    return forward


name = sys.argv[1]
w, phase = (MODELS | SEQ2SEQ)[name.split(".")[0]], name.split(".")[1]
make, second = (training, "foreach Adam") if phase == "train" else (inference, "frozen TorchScript")
choices = {(onednn, other): make(w, onednn, other) for onednn in (True, False) for other in (True, False)}
proof = {"loss": [choices[False, False]() for _ in range(3)]} if phase == "train" else {"check_abs": choices[False, False]().double().abs().mean().item()}
best = min(choices, key=lambda choice: times(choices[choice], 0.1 * BUDGET, 3)[0])
found = times(choices[best], BUDGET, 5)
middle = found[len(found) // 2] * 1e3
print(json.dumps({
    "peer": f"torch-{torch.__version__}", "version": torch.__version__, "workload": name, "phase": phase, "threads": THREADS,
    "median_ms": round(middle, 5), "min_ms": round(found[0] * 1e3, 5), "runs": len(found),
    "tokens_per_s": round(w.get("T", w.get("Ttgt")) * w["B"] / middle * 1e3, 1),
    "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    "note": f"{'oneDNN' if best[0] else 'native'}{', ' + second if best[1] else ''}{', BLAS ' + os.path.basename(BLAS_DIR) if BLAS_DIR else ''}",
    **proof,
}))
