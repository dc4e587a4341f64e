"""Recurrent dropout, input dropout and zoneout with masks that are given: the equations in PyTorch's operations, with its autograd."""

import math

import numpy as np
import torch

from forms import collected, conditioned, stack_case, weighed
from recurrent import real, run_torch, shapes
from streams import units

GATES = {"lstm": ["i", "f", "g", "o"], "gru": ["r", "z", "n"], "rnn_relu": ["h"]}


def products(p, h, masks):
    """One product for each gate, each of which sees the state through its own mask."""
    blocks = p["weight_hh"].chunk(len(masks))
    return [(h * m) @ w.T + b for m, w, b in zip(masks, blocks, p["bias_hh"].chunk(len(masks)))]


def inputs(p, x, masks):
    """The same of the input; where nothing is dropped, one product for all gates."""
    if masks is None:
        return (x @ p["weight_ih"].T + p["bias_ih"]).chunk(len(p["bias_ih"]) // p["weight_hh"].shape[1], 1)
    blocks = zip(masks, p["weight_ih"].chunk(len(masks)), p["bias_ih"].chunk(len(masks)))
    return [(x * m) @ w.T + b for m, w, b in blocks]


def lstm(p, x, state, masks, heard):
    h, c = state
    a = [i + u for i, u in zip(inputs(p, x, heard), products(p, h, masks))]
    c = torch.sigmoid(a[1]) * c + torch.sigmoid(a[0]) * torch.tanh(a[2])
    return torch.sigmoid(a[3]) * torch.tanh(c), c


def gru(p, x, state, masks, heard):
    (h,) = state
    i = inputs(p, x, heard)
    u = products(p, h, masks)
    r, z = torch.sigmoid(i[0] + u[0]), torch.sigmoid(i[1] + u[1])
    return ((1 - z) * torch.tanh(i[2] + r * u[2]) + z * h,)


def rnn_relu(p, x, state, masks, heard):
    a = inputs(p, x, heard)[0] + products(p, state[0], masks)[0]
    NEAREST[0] = min(NEAREST[0], float(a.detach().abs().min()))
    return (torch.relu(a),)


NEAREST = [math.inf]  # how near a ReLU input came to 0
STEPS = {"lstm": lstm, "gru": gru, "rnn_relu": rnn_relu}


def drawn(case, name, shape, dtype, kept):
    """0 where the hashed number is below p, else `kept`."""
    number = units(name, int(np.prod(shape))).reshape(shape)
    return torch.from_numpy(np.where(number < case["p"], 0.0, kept)).to(dtype)


def masks_of(case, seed, place, dtype):
    """For one layer and direction: a mask for each gate, and for each state, or None where nothing is dropped."""
    T, B, H, gates = case["T"], case["B"], case["H"], GATES[case["cell"]]
    one = lambda name, shape, kept: drawn(case, f"{seed}/{name}_{place}", shape, dtype, kept)
    if case["recurrent"] is None:
        recurrent = [torch.ones([B, H], dtype=dtype)] * len(gates)
    elif case["recurrent"] == "tied":
        recurrent = [one("recurrent_mask_hidden", [B, H], 1 / (1 - case["p"]))] * len(gates)
    else:
        recurrent = [one(f"recurrent_mask_hidden_{gate}", [B, H], 1 / (1 - case["p"])) for gate in gates]
    names = ["h", "c"] if case["cell"] == "lstm" else ["h"]
    zoned = [one(f"zoneout_mask_{n}", [T, B, H], 1.0) if case["zoneout"] else None for n in names]
    return recurrent, zoned


def input_masks(case, seed, place, width, dtype):
    """For one layer and direction: a mask for each gate, or None where nothing is dropped."""
    gates, kind = GATES[case["cell"]], case.get("input")
    if kind is None:
        return None
    one = lambda name: drawn(case, f"{seed}/{name}_{place}", [case["B"], width], dtype, 1 / (1 - case["p"]))
    if kind == "tied":
        return [one("input_mask_input")] * len(gates)
    return [one(f"input_mask_input_{gate}") for gate in gates]


def run_layers(case, seed, params, x, states, dtype):
    """A row that has not begun or has ended keeps its state; new states are all made before any is mixed with its old value."""
    T, B, D = case["T"], case["B"], 2 if case["bidirectional"] else 1
    lengths = torch.tensor(case["lengths"] or [T] * B)
    finals = [[] for _ in states]
    for layer in range(case["layers"]):
        outputs = []
        for d, suffix in enumerate([f"_l{layer}", f"_l{layer}_reverse"][:D]):
            p = {name[: -len(suffix)]: v for name, v in params.items() if name.endswith(suffix)}
            recurrent, zoned = masks_of(case, seed, layer * D + d, dtype)
            heard = input_masks(case, seed, layer * D + d, x.shape[2], dtype)
            state, out = tuple(s[layer * D + d] for s in states), [None] * T
            for t in range(T) if d == 0 else reversed(range(T)):
                active = (t < lengths)[:, None]
                fresh = STEPS[case["cell"]](p, x[t], state, recurrent, heard)
                mixed = [new if m is None else (1 - m[t]) * old + m[t] * new for m, new, old in zip(zoned, fresh, state)]
                state = tuple(torch.where(active, new, old) for new, old in zip(mixed, state))
                out[t] = torch.where(active, state[0], torch.zeros_like(state[0]))
            outputs.append(torch.stack(out))
            for final, s in zip(finals, state):
                final.append(s)
        x = torch.cat(outputs, 2)
    return x, [torch.stack(f) for f in finals]


def run(case, seed, dtype):
    T, B, I, H, D = case["T"], case["B"], case["I"], case["H"], 2 if case["bidirectional"] else 1
    names = ["h", "c"] if case["cell"] == "lstm" else ["h"]
    leaf = lambda name, shape, scale: real(f"{seed}/{name}", shape, scale, dtype)
    params = {n: leaf(n, s, 1 / math.sqrt(H)) for n, s in shapes(case).items()}
    x = leaf("x", [T, B, I], 1.0)
    states = [leaf(f"{n}0", [case["layers"] * D, B, H], 1.0) for n in names]
    output, finals = run_layers(case, seed, params, x, states, dtype)
    if case["recurrent"] is None and not case["zoneout"] and case.get("input") is None:  # what PyTorch has must come out of this loop too
        nothing = {n: torch.nn.Parameter(v.detach()) for n, v in params.items()}
        expected, _ = run_torch(case, nothing, x, states)
        assert float((output - expected).abs().max()) < (1e-12 if dtype == torch.float64 else 1e-5), case["name"]
    values = {"output": output, **dict(zip(names, finals))}
    weighed(seed, values).backward()
    return collected(values, {"x": x, **{f"{n}0": s for n, s in zip(names, states)}, **params})


def kinks(case, seed):
    NEAREST[0] = math.inf
    if case["cell"] == "rnn_relu":
        run(case, seed, torch.float64)
    return NEAREST[0]


def masked():
    """Recurrent and input dropout, tied or per gate, and zoneout, on LSTMs and GRUs, and those of one gate on ReLU networks; the
    first case of each cell has none."""
    table = []
    for cell in ["lstm", "gru"]:
        table += [
            (cell, 2, True, "ragged", (6, 4, 3, 5), None, False, 0.0),
            (cell, 1, False, None, (7, 3, 5, 9), "tied", False, 0.5),
            (cell, 2, True, "ragged", (9, 5, 3, 12), "tied", False, 0.25),
            (cell, 2, False, "ragged", (8, 6, 5, 7), "perGate", False, 0.4),
            (cell, 1, False, None, (11, 3, 4, 9), None, True, 0.5),
            (cell, 2, True, "ragged", (7, 5, 3, 10), None, True, 0.3),
            (cell, 2, True, "ragged", (5, 9, 4, 33), "tied", True, 0.2),
        ]
    table += [
        ("rnn_relu", 2, True, "ragged", (6, 4, 3, 5), None, False, 0.0),
        ("rnn_relu", 1, False, None, (7, 3, 5, 9), "tied", False, 0.5),
        ("rnn_relu", 2, True, "ragged", (7, 5, 3, 10), None, True, 0.3),
        ("rnn_relu", 2, False, "ragged", (8, 6, 5, 7), "tied", True, 0.2),
    ]
    table = [(*row, None) for row in table]
    for cell in ["lstm", "gru"]:
        table += [
            (cell, 2, True, "ragged", (7, 4, 5, 6), None, False, 0.4, "tied"),
            (cell, 1, False, None, (8, 3, 6, 9), None, False, 0.5, "perGate"),
            (cell, 2, True, "ragged", (6, 5, 4, 11), "perGate", True, 0.3, "perGate"),
        ]
    rows = []
    for i, (cell, layers, both, lengths, sizes, recurrent, zoneout, p, heard) in enumerate(table):
        case = stack_case(f"masked-{i:02d}", cell, layers, both, lengths, True, sizes, recurrent=recurrent, zoneout=zoneout, p=p)
        if heard is not None:
            case["input"] = heard
        rows.append(conditioned(case, run, kinks))
    return rows
