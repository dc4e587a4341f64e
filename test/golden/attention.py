"""Attention inside the recurrence: Bahdanau's and Luong's schedules around nn.LSTMCell's and nn.GRUCell's arithmetic, in
PyTorch's operations with its autograd, step by step."""

import math

import torch
import torch.nn.functional as F

from training import entry, real

CASES = [
    # form, cell, score, feeding, coverage, T, B, I, H, A, C, S, lengths, positions
    ("bahdanau", "gru", "additive", False, False, 5, 4, 3, 6, 5, 7, 6, [5, 2, 4, 1], [6, 1, 3, 6]),
    ("bahdanau", "lstm", "additive", False, False, 3, 5, 2, 9, 5, 17, 5, None, None),
    ("bahdanau", "lstm", "additive", False, True, 6, 3, 4, 8, 8, 8, 7, [3, 6, 5], [7, 5, 2]),
    ("luong", "lstm", "dot", True, False, 5, 4, 3, 6, 6, 6, 6, [5, 2, 4, 1], [6, 1, 3, 6]),
    ("luong", "gru", "dot", False, False, 4, 5, 3, 9, 9, 9, 4, None, [4, 2, 0, 1, 3]),
    ("luong", "lstm", "general", True, False, 6, 3, 4, 8, 8, 5, 7, [3, 6, 5], [7, 5, 2]),
    ("luong", "gru", "general", False, False, 2, 9, 2, 4, 4, 6, 3, None, None),
    ("luong", "gru", "concat", True, False, 5, 4, 3, 6, 5, 7, 6, [5, 2, 4, 1], [6, 1, 3, 6]),
    ("luong", "lstm", "concat", False, True, 4, 6, 3, 5, 7, 3, 5, None, [5, 5, 1, 2, 0, 4]),
]


def masked_softmax(e, valid):
    """Zeros where nothing is valid, and never a NaN on the way back."""
    some = valid.any(1, keepdim=True)
    safe = torch.where(valid | ~some, e, torch.full_like(e, -math.inf))
    return torch.where(valid, F.softmax(safe, 1), torch.zeros_like(e))


def parameters(case, seed):
    form, cell, score, feeding, coverage, _, _, I, H, A, C, *_ = case
    G = {"lstm": 4, "gru": 3}[cell]
    shapes = {"weight_ih": [G * H, I], "weight_hh": [G * H, H], "bias_ih": [G * H], "bias_hh": [G * H]}
    if form == "bahdanau":
        shapes |= {"weight_ih_context": [G * H, C], "weight_query": [A, H], "weight_score": [A]}
    else:
        shapes |= {"weight_combine_context": [H, C], "weight_combine_output": [H, H]}
        if feeding:
            shapes["weight_ih_feed"] = [G * H, H]
        if score != "dot":
            shapes["weight_query"] = [A if score == "concat" else C, H]
        if score == "concat":
            shapes["weight_score"] = [A]
    if coverage:
        shapes["weight_coverage"] = [A]
    return {name: real(f"{seed}/{name}", shape, 1 / math.sqrt(H)) for name, shape in shapes.items()}


def cell_step(cell, p, x, w_ih, h, c):
    """PyTorch's own cells, on an input that is longer by what enters beside x."""
    if cell == "lstm":
        return torch._VF.lstm_cell(x, (h, c), w_ih, p["weight_hh"], p["bias_ih"], p["bias_hh"])
    return torch._VF.gru_cell(x, h, w_ih, p["weight_hh"], p["bias_ih"], p["bias_hh"]), c


def attention():
    """Outputs, weights, final states, and the gradients of x, the memory, the initial states and every parameter."""
    rows = []
    for i, case in enumerate(CASES):
        form, cell, score, feeding, coverage, T, B, I, H, A, C, S, lengths, positions = case
        seed = f"attention/{i}"
        p = parameters(case, seed)
        x, values = real(f"{seed}/x", [T, B, I]), real(f"{seed}/values", [B, S, C])
        additive = score in ("additive", "concat")
        keys = real(f"{seed}/keys", [B, S, A]) if additive else None
        states = ["h", "c"] if cell == "lstm" else ["h"]
        given = {s: real(f"{seed}/{s}0", [B, H]) for s in states}
        h, c = given["h"], given.get("c")
        ends = torch.tensor(lengths or [T] * B)
        valid = torch.arange(S)[None] < torch.tensor(positions or [S] * B)[:, None]
        attended, covered = torch.zeros(B, H, dtype=torch.float64), torch.zeros(B, S, dtype=torch.float64)

        def look(query, covered):
            asked = query @ p["weight_query"].T if "weight_query" in p else query
            if additive:
                inner = asked[:, None] + keys
                if coverage:
                    inner = inner + covered[:, :, None] * p["weight_coverage"]
                e = torch.tanh(inner) @ p["weight_score"]
            else:
                e = torch.bmm(values, asked[:, :, None])[:, :, 0]
            a = masked_softmax(e, valid)
            return a, torch.bmm(a[:, None], values)[:, 0]

        outputs, weights = [], []
        for t in range(T):
            if form == "bahdanau":
                a, context = look(h, covered)
                w_ih = torch.cat([p["weight_ih"], p["weight_ih_context"]], 1)
                h2, c2 = cell_step(cell, p, torch.cat([x[t], context], 1), w_ih, h, c)
                out = h2
            else:
                fed = torch.cat([x[t], attended], 1) if feeding else x[t]
                w_ih = torch.cat([p["weight_ih"], p["weight_ih_feed"]], 1) if feeding else p["weight_ih"]
                h2, c2 = cell_step(cell, p, fed, w_ih, h, c)
                a, context = look(h2, covered)
                combine = torch.cat([p["weight_combine_context"], p["weight_combine_output"]], 1)
                out = torch.tanh(torch.cat([context, h2], 1) @ combine.T)
            active = (t < ends)[:, None]
            h = torch.where(active, h2, h)
            c = c if c is None else torch.where(active, c2, c)
            attended = torch.where(active, out, attended) if form == "luong" else attended
            covered = torch.where(active, covered + a, covered)
            outputs.append(torch.where(active, out, torch.zeros_like(out)))
            weights.append(torch.where(active, a, torch.zeros_like(a)))
        output, weights = torch.stack(outputs), torch.stack(weights)
        final = {"h": h} if c is None else {"h": h, "c": c}
        loss = (output * real(f"{seed}/d_output", [T, B, H], grad=False)).sum()
        loss = loss + (weights * real(f"{seed}/d_attention", [T, B, S], grad=False)).sum()
        for s in states:
            loss = loss + (final[s] * real(f"{seed}/d_{s}", [B, H], grad=False)).sum()
        loss.backward()
        tensors = entry(output=output, attention=weights, d_x=x.grad, d_values=values.grad, **final)
        if additive:
            tensors |= entry(d_keys=keys.grad)
        tensors |= entry(**{f"d_{s}0": given[s].grad for s in states})
        tensors |= entry(**{f"d_{n}": v.grad for n, v in p.items()})
        rows.append({
            "seed": seed, "form": form, "cell": cell, "score": score, "inputFeeding": feeding, "coverage": coverage,
            "T": T, "B": B, "I": I, "H": H, "A": A, "C": C, "S": S, "lengths": lengths, "positions": positions,
            "tensors": tensors,
        })
    return rows
