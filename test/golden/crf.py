"""Linear-chain CRFs in float64: log-likelihood, marginals, Viterbi and all gradients, written out in PyTorch's operations."""

import itertools

import torch

from streams import integers
from training import entry, real

CASES = [
    # T, B, L, scale of the parameters, lengths
    (1, 1, 1, 0.1, [1]),
    (4, 3, 3, 0.1, [4, 2, 1]),
    (7, 5, 9, 1.0, [7, 7, 3, 1, 5]),
    (23, 4, 17, 3.0, [23, 11, 2, 20]),
    (60, 2, 5, 0.1, [60, 59]),
]


def partition(e, start, end, transitions):
    """ln Z of one sequence e [n, L]: one logsumexp a step, as the definition has it."""
    alpha = start + e[0]
    for step in e[1:]:
        alpha = torch.logsumexp(alpha[:, None] + transitions, 0) + step
    return torch.logsumexp(alpha + end, 0)


def score(e, y, start, end, transitions):
    return start[y[0]] + end[y[-1]] + e[torch.arange(len(y)), y].sum() + transitions[y[:-1], y[1:]].sum()


def viterbi(e, start, end, transitions):
    best, origins = start + e[0], []
    for step in e[1:]:
        best, origin = (best[:, None] + transitions).max(0)
        best = best + step
        origins.append(origin)
    tag = int((best + end).argmax())
    path = [tag]
    for origin in reversed(origins):
        tag = int(origin[tag])
        path.append(tag)
    return path[::-1]


def check():
    """The recursion against all sequences of four steps and three tags."""
    e, t = real("crf/check/e", [4, 3], 2.0, grad=False), real("crf/check/t", [3, 3], 2.0, grad=False)
    start, end = real("crf/check/start", [3], grad=False), real("crf/check/end", [3], grad=False)
    every = [score(e, torch.tensor(y), start, end, t) for y in itertools.product(range(3), repeat=4)]
    assert abs(torch.logsumexp(torch.stack(every), 0) - partition(e, start, end, t)) < 1e-12


def crf():
    check()
    rows = []
    for i, (T, B, L, scale, lengths) in enumerate(CASES):
        seed = f"crf/{i}"
        emissions = real(f"{seed}/emissions", [T, B, L], 3.0)
        names = ["start_transitions", "end_transitions", "transitions"]
        start, end, transitions = [real(f"{seed}/{n}", [L, L] if n == "transitions" else [L], scale) for n in names]
        tags = torch.from_numpy(integers(f"{seed}/tags", [T, B], L))
        logz = torch.stack([partition(emissions[:n, b], start, end, transitions) for b, n in enumerate(lengths)])
        (marginals,) = torch.autograd.grad(logz.sum(), emissions, retain_graph=True)
        gold = torch.stack([score(emissions[:n, b], tags[:n, b], start, end, transitions) for b, n in enumerate(lengths)])
        loss = (logz - gold).mean()
        loss.backward()
        with torch.no_grad():
            paths = [viterbi(emissions[:n, b], start, end, transitions) for b, n in enumerate(lengths)]
        gradients = {f"d_{n}": p.grad for n, p in zip(names, [start, end, transitions])}
        rows.append({
            "seed": seed, "T": T, "B": B, "L": L, "scale": scale, "lengths": lengths, "paths": paths,
            "tensors": entry(log_partition=logz, score=gold, loss=loss, marginals=marginals, d_emissions=emissions.grad, **gradients),
        })
    return rows
