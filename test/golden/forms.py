"""PyTorch's recurrent networks in their other forms: projected LSTMs, single-step cells, masks between the layers, and
packed sequences. Outputs, final states and all gradients, in float64."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from recurrent import FLOAT32_ROOM, KINK_ROOM, distance, real
from streams import integers, summary, uniform, units

KINDS = {"rnn_tanh": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
CELLS = {"rnn_tanh": nn.RNNCell, "rnn_relu": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}


def conditioned(case, run, kinks=lambda case, seed: math.inf):
    """The case with the first seed for which PyTorch's float32 is near to its float64, no tensor all zero, and no ReLU at its kink."""
    for salt in range(100):
        seed = f"{case['name']}/{salt}"
        if kinks(case, seed) < KINK_ROOM:
            continue
        values = run(case, seed, torch.float64)
        if any(np.abs(v).max() < 1e-3 for v in values.values()):
            continue
        float32 = distance(run(case, seed, torch.float32), values)
        if float32 <= FLOAT32_ROOM:
            tensors = {n: summary(v) for n, v in values.items()}
            return {**case, "seed": seed, "float32": float(f"{float32:.2g}"), "tensors": tensors}
    raise SystemExit(f"{case['name']}: no well-conditioned seed in 100")


def filled(module, seed, H, dtype):
    """The module with the parameters of the seed, as leaves with their names."""
    module = module.to(dtype)
    params = {n: nn.Parameter(real(f"{seed}/{n}", list(p.shape), 1 / math.sqrt(H), dtype)) for n, p in module.named_parameters()}
    for n, p in params.items():
        setattr(module, n, p)
    return module, params


def weighed(seed, values):
    """Σ over the tensors of Σ v · hashed cotangent."""
    return sum((v * torch.from_numpy(uniform(f"{seed}/d_{n}", list(v.shape))).to(v.dtype)).sum() for n, v in values.items())


def collected(values, leaves):
    found = {**values, **{f"d_{n}": leaf.grad for n, leaf in leaves.items()}}
    return {n: v.detach().double().numpy() for n, v in found.items()}


def masks_of(case, seed, dtype):
    """Inverted dropout masks [T, B, D·H], one between each two layers: 0 where the hashed number is below p."""
    D = 2 if case["bidirectional"] else 1
    shape = [case["T"], case["B"], D * case["H"]]
    number = lambda layer: units(f"{seed}/mask_l{layer}", int(np.prod(shape))).reshape(shape)
    keep = [np.where(number(layer) < case["p"], 0.0, 1 / (1 - case["p"])) for layer in range(1, case["layers"])]
    return [torch.from_numpy(k).to(dtype) for k in keep]


def run_stack(case, seed, dtype):
    """A stack of PyTorch's one-layer modules on packed or full sequences, with masks between them where p is given."""
    T, B, I, H = case["T"], case["B"], case["I"], case["H"]
    D = 2 if case["bidirectional"] else 1
    names = ["h", "c"] if case["cell"] == "lstm" else ["h"]
    widths = {"h": case.get("P", H), "c": H}
    options = {"proj_size": case["P"]} if "P" in case else {}
    options |= {"bias": case["bias"]} if "bias" in case else {}
    whole = KINDS[case["cell"]](I, H, case["layers"], bidirectional=D == 2, **options)
    whole, params = filled(whole, seed, H, dtype)
    x = real(f"{seed}/x", [T, B, I], 1.0, dtype)
    state = {
        n: real(f"{seed}/{n}0", [case["layers"] * D, B, widths[n]], 1.0, dtype) for n in names if case["state"]
    }

    def run(module, rows, given):
        """One module on [T, B, .]; rows after the end are 0."""
        initial = None if not given else tuple(given) if len(names) == 2 else given[0]
        if case["lengths"] is None:
            output, final = module(rows, initial)
        else:
            packed = pack_padded_sequence(rows, torch.tensor(case["lengths"]), enforce_sorted=case["sorted"])
            output, final = module(packed, initial)
            output, _ = pad_packed_sequence(output, total_length=T)
        return output, list(final) if len(names) == 2 else [final]

    if "p" not in case:
        output, finals = run(whole, x, list(state.values()))
    else:
        rows, ends = x, []
        masks = masks_of(case, seed, dtype)
        for layer in range(case["layers"]):
            if layer > 0:
                rows = rows * masks[layer - 1]
            module = KINDS[case["cell"]](rows.shape[2], H, 1, bidirectional=D == 2).to(dtype)
            for name in [n for n, _ in module.named_parameters()]:
                setattr(module, name, params[name.replace("_l0", f"_l{layer}")])
            rows, final = run(module, rows, [s[layer * D : (layer + 1) * D] for s in state.values()])
            ends.append(final)
        output, finals = rows, [torch.cat(parts) for parts in zip(*ends)]
    values = {"output": output, **dict(zip(names, finals))}
    weighed(seed, values).backward()
    leaves = {"x": x, **{f"{n}0": s for n, s in state.items()}, **params}
    return collected(values, leaves)


def run_cell(case, seed, dtype):
    """`steps` calls of an LSTMCell, GRUCell or RNNCell; the loss sees the state after each of them."""
    B, I, H = case["B"], case["I"], case["H"]
    names = ["h", "c"] if case["cell"] == "lstm" else ["h"]
    options = {"nonlinearity": case["cell"][4:]} if case["cell"].startswith("rnn") else {}
    module, params = filled(CELLS[case["cell"]](I, H, **options), seed, H, dtype)
    xs = [real(f"{seed}/x{t}", [B, I], 1.0, dtype) for t in range(case["steps"])]
    initial = {n: real(f"{seed}/{n}0", [B, H], 1.0, dtype) for n in names if case["state"]}
    state = None if not initial else tuple(initial.values()) if len(names) == 2 else initial["h"]
    values = {}
    for t, x in enumerate(xs):
        state = module(x, state)
        values |= {f"{n}{t + 1}": s for n, s in zip(names, state if len(names) == 2 else [state])}
    weighed(seed, values).backward()
    leaves = {**{f"x{t}": x for t, x in enumerate(xs)}, **initial, **params}
    leaves = {(f"{n}0" if n in names else n): leaf for n, leaf in leaves.items()}
    return collected(values, leaves)


def step_kinks(case, seed):
    """How near a ReLU input of an RNNCell comes to 0."""
    if case["cell"] != "rnn_relu":
        return math.inf
    B, I, H = case["B"], case["I"], case["H"]
    weight = lambda n, *shape: real(f"{seed}/{n}", list(shape), 1 / math.sqrt(H), torch.float64)
    W, U, b = weight("weight_ih", H, I), weight("weight_hh", H, H), weight("bias_ih", H) + weight("bias_hh", H)
    h = real(f"{seed}/h0", [B, H], 1.0, torch.float64) if case["state"] else torch.zeros(B, H, dtype=torch.float64)
    nearest = math.inf
    for t in range(case["steps"]):
        a = real(f"{seed}/x{t}", [B, I], 1.0, torch.float64) @ W.T + h @ U.T + b
        nearest, h = min(nearest, float(a.abs().min())), torch.relu(a)
    return nearest


def stack_case(name, cell, layers, bidirectional, lengths, state, sizes, is_sorted=False, **more):
    T, B, I, H = sizes
    if lengths == "ragged":
        lengths = (1 + integers(f"{name}/lengths", [B], T)).tolist()
        lengths[B // 2] = T
        if is_sorted:
            lengths = sorted(lengths, reverse=True)
    return {
        "name": name, "cell": cell, "layers": layers, "bidirectional": bidirectional, "state": state,
        "T": T, "B": B, "I": I, "H": H, "lengths": lengths, "sorted": is_sorted, **more,
    }


def rows_of(name, table, run, *kinks):
    rows = [conditioned({**case, "name": f"{name}-{i:02d}"}, run, *kinks) for i, case in enumerate(table)]
    print(f"  PyTorch's own float32 is at most {max(row['float32'] for row in rows)} away")
    return rows


def projected_lstm():
    """nn.LSTM with proj_size P."""
    table = [
        (1, False, None, False, (7, 3, 5, 9), 4),
        (1, False, None, True, (1, 1, 3, 5), 1),
        (2, False, "ragged", True, (13, 5, 3, 17), 6),
        (1, True, "ragged", False, (9, 4, 7, 33), 16),
        (2, True, None, True, (5, 2, 11, 8), 7),
        (3, True, "ragged", True, (12, 9, 4, 6), 5),
        (1, False, None, True, (60, 2, 5, 12), 3),
        (1, False, "ragged", True, (4, 33, 31, 65), 32),
    ]
    cases = [stack_case(f"projected-{i}", "lstm", *row[:5], P=row[5]) for i, row in enumerate(table)]
    return rows_of("projected_lstm", cases, run_stack)


def cell_steps():
    """LSTMCell, GRUCell and RNNCell: one step and several, from zeros and from a state."""
    sizes = [(1, 1, 1, 1), (3, 2, 5, 7), (1, 5, 33, 17), (4, 33, 3, 65)]
    table = [
        {"cell": cell, "steps": steps, "B": B, "I": I, "H": H, "state": state}
        for cell in ["rnn_tanh", "lstm", "gru", "rnn_relu"]
        for i, (steps, B, I, H) in enumerate(sizes)
        for state in ([True] if i % 2 == 0 else [False, True])
    ]
    return rows_of("cell_steps", table, run_cell, step_kinks)


def unbiased():
    """Networks with bias=False."""
    table = [
        ("rnn_tanh", 1, False, None, True, (7, 3, 5, 9)),
        ("rnn_tanh", 2, True, "ragged", False, (9, 5, 3, 12)),
        ("lstm", 1, False, None, False, (11, 3, 5, 9)),
        ("lstm", 2, True, "ragged", True, (8, 6, 5, 17)),
        ("gru", 1, False, None, True, (7, 3, 5, 9)),
        ("gru", 3, True, "ragged", True, (9, 4, 3, 8)),
        ("lstm", 2, True, "ragged", True, (7, 3, 5, 9), {"P": 4}),
    ]
    cases = [stack_case(f"unbiased-{i}", *row[:6], bias=False, **dict(*row[6:])) for i, row in enumerate(table)]
    return rows_of("unbiased", cases, run_stack)


def layer_dropout():
    """Masks between the layers, given: what dropout between layers computes once its mask is drawn."""
    table = [
        ("lstm", 2, False, None, False, (7, 3, 5, 9), 0.5),
        ("gru", 2, False, "ragged", True, (11, 5, 3, 17), 0.25),
        ("rnn_tanh", 3, False, None, True, (9, 4, 7, 12), 0.5),
        ("lstm", 3, True, "ragged", True, (8, 6, 5, 10), 0.3),
        ("gru", 2, True, None, True, (5, 9, 4, 33), 0.75),
        ("rnn_tanh", 2, True, "ragged", False, (13, 5, 3, 8), 0.1),
    ]
    cases = [stack_case(f"dropout-{i}", *row[:6], p=row[6]) for i, row in enumerate(table)]
    return rows_of("layer_dropout", cases, run_stack)


def packed():
    """Packed sequences through stacks of two directions, sorted by the caller or by PyTorch, and how they are packed."""
    table = [
        ("lstm", 2, True, "ragged", True, (10, 7, 5, 9), True),
        ("lstm", 3, True, "ragged", True, (6, 13, 3, 12), False),
        ("gru", 3, True, "ragged", False, (17, 5, 7, 8), False),
        ("gru", 2, True, "ragged", True, (5, 33, 3, 17), True),
        ("rnn_tanh", 3, True, "ragged", True, (12, 8, 5, 11), False),
        ("lstm", 2, True, [4, 4, 4, 4, 4], True, (4, 5, 3, 7), False),
        ("gru", 2, True, [1, 1, 1, 9], True, (9, 4, 3, 7), False),
        ("lstm", 2, True, [1], True, (1, 1, 1, 1), False),
    ]
    cases = [stack_case(f"packed-{i}", *row[:6], is_sorted=row[6]) for i, row in enumerate(table)]
    rows = rows_of("packed", cases, run_stack)
    for row in rows:
        x = torch.from_numpy(uniform(f"{row['seed']}/x", [row["T"], row["B"], row["I"]]))
        data: PackedSequence = pack_padded_sequence(x, torch.tensor(row["lengths"]), enforce_sorted=row["sorted"])
        row["batchSizes"] = data.batch_sizes.tolist()
    return rows
