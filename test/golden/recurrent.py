"""Outputs, final states and all gradients of recurrent networks, in float64, from PyTorch."""

import math

import numpy as np
import torch
from torch import nn

from streams import summary, uniform

FLOAT32_ROOM = 2e-6  # a case is kept only if PyTorch's own float32 is this near to its float64
KINK_ROOM = 4e-6  # and only if no ReLU input of a real step is nearer to 0 than this


def real(name, shape, scale, dtype):
    return torch.from_numpy(uniform(name, shape, scale)).to(dtype).requires_grad_(True)


# ---- the cells as explicit equations: for those PyTorch lacks, and to check this loop against those it has ----


def elman(f):
    def step(p, x, state):
        h = f(x @ p["weight_ih"].T + p["bias_ih"] + state[0] @ p["weight_hh"].T + p["bias_hh"])
        return h, (h,)

    return step


def gru(p, x, state):
    (h,) = state
    xr, xz, xn = (x @ p["weight_ih"].T + p["bias_ih"]).chunk(3, 1)
    hr, hz, hn = (h @ p["weight_hh"].T + p["bias_hh"]).chunk(3, 1)
    r, z = torch.sigmoid(xr + hr), torch.sigmoid(xz + hz)
    h = (1 - z) * torch.tanh(xn + r * hn) + z * h
    return h, (h,)


def gru_reset_before(p, x, state):
    (h,) = state
    n = h.shape[1]
    w, b = p["weight_hh"], p["bias_hh"]
    xr, xz, xn = (x @ p["weight_ih"].T + p["bias_ih"]).chunk(3, 1)
    r = torch.sigmoid(xr + h @ w[:n].T + b[:n])
    z = torch.sigmoid(xz + h @ w[n : 2 * n].T + b[n : 2 * n])
    candidate = torch.tanh(xn + (r * h) @ w[2 * n :].T + b[2 * n :])
    h = (1 - z) * candidate + z * h
    return h, (h,)


def jordan(p, x, state):
    hidden = torch.tanh(x @ p["weight_ih"].T + p["bias_ih"] + state[0] @ p["weight_hh"].T + p["bias_hh"])
    y = torch.tanh(hidden @ p["weight_ho"].T + p["bias_ho"])
    return y, (y,)


LOOPS = {"gru_reset_before": gru_reset_before, "jordan": jordan}
GATES = {"rnn_tanh": 1, "rnn_relu": 1, "lstm": 4, "gru": 3, "gru_reset_before": 3, "jordan": 1}


def width(case):
    """The size of the output and of the state that the output is: H, or O for Jordan."""
    return case.get("O", case["H"])


def shapes(case):
    """Parameter shapes in PyTorch's order and names."""
    D, H, G, W = 2 if case["bidirectional"] else 1, case["H"], GATES[case["cell"]], width(case)
    table = {}
    for layer in range(case["layers"]):
        for suffix in [f"_l{layer}", f"_l{layer}_reverse"][:D]:
            table["weight_ih" + suffix] = [G * H, case["I"] if layer == 0 else D * W]
            table["weight_hh" + suffix] = [G * H, W]
            table["bias_ih" + suffix] = [G * H]
            table["bias_hh" + suffix] = [G * H]
            if case["cell"] == "jordan":
                table["weight_ho" + suffix] = [W, H]
                table["bias_ho" + suffix] = [W]
    return table


def run_loop(step, case, params, x, states):
    """A stacked, two-directional, ragged network from one step. A row that has not begun or has ended keeps its state."""
    T, B, D = case["T"], case["B"], 2 if case["bidirectional"] else 1
    lengths = torch.tensor(case["lengths"] or [T] * B)
    finals = [[] for _ in states]
    for layer in range(case["layers"]):
        outputs = []
        for d, suffix in enumerate([f"_l{layer}", f"_l{layer}_reverse"][:D]):
            p = {name[: -len(suffix)]: v for name, v in params.items() if name.endswith(suffix)}
            state, out = tuple(s[layer * D + d] for s in states), [None] * T
            for t in range(T) if d == 0 else reversed(range(T)):
                active = (t < lengths)[:, None]
                y, new = step(p, x[t], state)
                state = tuple(torch.where(active, a, b) for a, b in zip(new, state))
                out[t] = torch.where(active, y, torch.zeros_like(y))
            outputs.append(torch.stack(out))
            for final, s in zip(finals, state):
                final.append(s)
        x = torch.cat(outputs, 2)
    return x, [torch.stack(f) for f in finals]


def run_torch(case, params, x, states):
    """The same through PyTorch's module. Rows of length 0, which it refuses, are left out and put back."""
    kind = {"lstm": nn.LSTM, "gru": nn.GRU}.get(case["cell"], nn.RNN)
    options = {"nonlinearity": case["cell"][4:]} if kind is nn.RNN else {}
    module = kind(case["I"], case["H"], case["layers"], bidirectional=case["bidirectional"], **options).to(x.dtype)
    assert [n for n, _ in module.named_parameters()] == list(params)
    for n, p in params.items():
        setattr(module, n, p)
    given = tuple(states) if case["cell"] == "lstm" else states[0]
    if case["lengths"] is None:
        output, final = module(x, given) if case["state"] else module(x)
        return output, list(final) if case["cell"] == "lstm" else [final]
    lengths = torch.tensor(case["lengths"])
    keep = lengths.nonzero()[:, 0]
    packed = nn.utils.rnn.pack_padded_sequence(x[:, keep], lengths[keep], enforce_sorted=False)
    kept = tuple(s[:, keep].contiguous() for s in states)
    out, final = module(packed, kept if case["cell"] == "lstm" else kept[0]) if case["state"] else module(packed)
    out, _ = nn.utils.rnn.pad_packed_sequence(out, total_length=case["T"])
    final = list(final) if case["cell"] == "lstm" else [final]
    whole = torch.zeros(case["T"], case["B"], out.shape[2], dtype=x.dtype).index_copy(1, keep, out)
    return whole, [s.index_copy(1, keep, f) for s, f in zip(states, final)]


def run(case, seed, dtype):
    """All golden tensors of a case: name -> float64 array."""
    T, B, I, W = case["T"], case["B"], case["I"], width(case)
    D = 2 if case["bidirectional"] else 1
    scale = 1 / math.sqrt(case["H"])
    params = {n: nn.Parameter(real(f"{seed}/{n}", s, scale, dtype)) for n, s in shapes(case).items()}
    x = real(f"{seed}/x", [T, B, I], 1.0, dtype)
    names = ["h", "c"] if case["cell"] == "lstm" else ["h"]
    shape = [case["layers"] * D, B, W]
    states = [
        real(f"{seed}/{n}0", shape, 1.0, dtype) if case["state"] else torch.zeros(shape, dtype=dtype) for n in names
    ]
    if case["cell"] in LOOPS:
        output, finals = run_loop(LOOPS[case["cell"]], case, params, x, states)
    else:
        output, finals = run_torch(case, params, x, states)
    weigh = lambda n, v: (v * torch.from_numpy(uniform(f"{seed}/d_{n}", list(v.shape))).to(dtype)).sum()
    loss = weigh("output", output)
    for n, final in zip(names, finals):
        loss = loss + weigh(n, final)
    loss.backward()
    tensors = {"output": output, **dict(zip(names, finals)), "d_x": x.grad}
    if case["state"]:
        tensors |= {f"d_{n}0": s.grad for n, s in zip(names, states)}
    tensors |= {f"d_{n}": p.grad for n, p in params.items()}
    return {n: v.detach().double().numpy() for n, v in tensors.items()}


def kink_distance(case, seed):
    """How near a ReLU input of a real step comes to 0 (a float32 program must not land on the other side)."""
    nearest = [math.inf]

    def watch(v):
        nearest[0] = min(nearest[0], float(v.abs().min()))
        return torch.relu(v)

    with torch.no_grad():
        params = {n: real(f"{seed}/{n}", s, 1 / math.sqrt(case["H"]), torch.float64) for n, s in shapes(case).items()}
        x = real(f"{seed}/x", [case["T"], case["B"], case["I"]], 1.0, torch.float64)
        shape = [case["layers"] * (2 if case["bidirectional"] else 1), case["B"], case["H"]]
        h = real(f"{seed}/h0", shape, 1.0, torch.float64) if case["state"] else torch.zeros(shape).double()
        run_loop(elman(watch), case, params, x, [h])
    return nearest[0]


def distance(values, golden):
    """The largest, over tensors, of max|difference| / max|golden| (of max|difference| where the golden tensor is 0)."""
    return max(float(np.abs(values[n] - g).max() / (np.abs(g).max() or 1)) for n, g in golden.items())


def vanishing(case, golden):
    """Whether a tensor is (nearly) zero, as behind a dead ReLU layer: it would test nothing. One is zero by nature:
    without an initial state, a single step gives the recurrent weights no gradient."""
    natural = "d_weight_hh" if not case["state"] and max(case["lengths"] or [case["T"]]) == 1 else "-"
    return any(np.abs(v).max() < 1e-3 for n, v in golden.items() if not n.startswith(natural))


def golden(case):
    """The case with its seed and the summaries of its tensors. The seed is the first whose case is well-conditioned."""
    for salt in range(100):
        seed = f"{case['name']}/{salt}"
        if case["cell"] == "rnn_relu" and kink_distance(case, seed) < KINK_ROOM:
            continue
        values = run(case, seed, torch.float64)
        if vanishing(case, values):
            continue
        float32 = distance(run(case, seed, torch.float32), values)
        if float32 <= FLOAT32_ROOM:
            tensors = {n: summary(v) for n, v in values.items()}
            return {**case, "seed": seed, "float32": float(f"{float32:.2g}"), "tensors": tensors}
    raise SystemExit(f"{case['name']}: no well-conditioned seed in 100")


def check_loop(cases):
    """The explicit loop must give what PyTorch's modules give, or its cells are not golden."""
    for case in cases:
        seed = f"check/{case['name']}"
        LOOPS.update({"rnn_tanh": elman(torch.tanh), "gru": gru})
        ours = run(case, seed, torch.float64)
        del LOOPS["rnn_tanh"], LOOPS["gru"]
        error = distance(ours, run(case, seed, torch.float64))
        assert error < 1e-12, (case["name"], error)
