"""Losses, layers, clipping, optimizers and a short training run, in float64, from PyTorch."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from streams import integers, summary, uniform

STEPS = 10


def real(name, shape, scale=1.0, grad=True):
    return torch.from_numpy(uniform(name, shape, scale)).requires_grad_(grad)


def entry(**tensors):
    return {n: summary(v.detach().double().numpy()) for n, v in tensors.items()}


def losses():
    """Cross-entropy over logits [N, V] and int targets [N]; mean squared error. `ignore` marks every third target."""
    rows = []
    for i, (N, V, scale, ignore) in enumerate(
        [(1, 2, 1, None), (7, 5, 3, None), (33, 65, 1, None), (10, 1001, 2, None), (6, 9, 80, None), (7, 5, 3, -100), (33, 65, 1, 0), (12, 7, 20, 3)]
    ):
        for reduction in ["mean", "sum"]:
            seed = f"cross_entropy/{i}"
            logits = real(f"{seed}/logits", [N, V], scale)
            target = torch.from_numpy(integers(f"{seed}/target", [N], V))
            options = {}
            if ignore is not None:
                target[::3] = ignore
                options["ignore_index"] = ignore
            loss = F.cross_entropy(logits, target, reduction=reduction, **options)
            loss.backward()
            rows.append({
                "loss": "cross_entropy", "seed": seed, "N": N, "V": V, "scale": scale, "reduction": reduction,
                "ignore": ignore, "target": target.tolist(), "tensors": entry(loss=loss, d_logits=logits.grad),
            })
    for i, shape in enumerate([[1, 1], [7, 5], [3, 4, 9], [33, 65]]):
        for reduction in ["mean", "sum"]:
            seed = f"mse/{i}"
            input, target = real(f"{seed}/input", shape), real(f"{seed}/target", shape)
            loss = F.mse_loss(input, target, reduction=reduction)
            loss.backward()
            rows.append({
                "loss": "mse", "seed": seed, "shape": shape, "reduction": reduction,
                "tensors": entry(loss=loss, d_input=input.grad, d_target=target.grad),
            })
    return rows


def layers():
    """Linear over [N, I] or [T, B, I], with and without bias; Embedding with repeated and unused rows."""
    rows = []
    for i, (lead, I, O, bias) in enumerate([([1], 1, 1, True), ([7], 5, 3, True), ([5, 3], 9, 17, True), ([33], 65, 31, False), ([2, 4], 129, 1, True)]):
        seed = f"linear/{i}"
        x, weight = real(f"{seed}/x", [*lead, I]), real(f"{seed}/weight", [O, I], 1 / math.sqrt(I))
        b = real(f"{seed}/bias", [O], 1 / math.sqrt(I)) if bias else None
        y = F.linear(x, weight, b)
        (y * real(f"{seed}/d_output", list(y.shape), grad=False)).sum().backward()
        tensors = entry(output=y, d_x=x.grad, d_weight=weight.grad, **({"d_bias": b.grad} if bias else {}))
        rows.append({"layer": "linear", "seed": seed, "lead": lead, "I": I, "O": O, "bias": bias, "tensors": tensors})
    for i, (lead, V, E) in enumerate([([1], 1, 1), ([3, 4], 5, 7), ([20, 3], 11, 16), ([2, 2], 65, 3)]):
        seed = f"embedding/{i}"
        indices = torch.from_numpy(integers(f"{seed}/indices", lead, V))
        weight = real(f"{seed}/weight", [V, E])
        y = F.embedding(indices, weight)
        (y * real(f"{seed}/d_output", list(y.shape), grad=False)).sum().backward()
        rows.append({"layer": "embedding", "seed": seed, "lead": lead, "V": V, "E": E, "tensors": entry(output=y, d_weight=weight.grad)})
    return rows


SHAPES = [[3, 5], [7], [1, 1]]


def clipping():
    """clip_grad_norm_ over three tensors: above, at about, and below the threshold, and with zero gradients."""
    rows = []
    for i, (scale, max_norm) in enumerate([(1, 0.25), (1, 1), (1, 100), (300, 5), (1e-3, 5), (0, 1), (2, 4.5)]):
        seed = f"clip/{i}"
        params = [nn.Parameter(torch.zeros(s).double()) for s in SHAPES]
        for k, p in enumerate(params):
            p.grad = real(f"{seed}/{k}", SHAPES[k], scale, grad=False)
        norm = nn.utils.clip_grad_norm_(params, max_norm)
        tensors = entry(norm=norm, **{f"d_{k}": p.grad for k, p in enumerate(params)})
        rows.append({"seed": seed, "shapes": SHAPES, "scale": scale, "maxNorm": max_norm, "tensors": tensors})
    return rows


# keys are ours, in camelCase; `torch_options` turns them into PyTorch's
OPTIMIZERS = [
    ("SGD", {"lr": 0.05}),
    ("SGD", {"lr": 0.05, "weightDecay": 0.1}),
    ("SGD", {"lr": 0.02, "momentum": 0.9}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.02, "momentum": 0.8, "nesterov": True, "weightDecay": 0.05}),
    ("SGD", {"lr": 0.02, "momentum": 0.8, "dampening": 0.5, "weightDecay": 0.05}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-4}),
    ("Adam", {"lr": 0.01, "weightDecay": 0.1}),
    ("AdamW", {"lr": 0.01}),
    ("AdamW", {"lr": 0.02, "weightDecay": 0.3}),
    ("AdamW", {"lr": 0.02, "betas": [0.7, 0.99], "eps": 1e-6, "weightDecay": 0}),
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-4, "weightDecay": 0.1}),
    ("RMSprop", {"lr": 0.01, "centered": True, "eps": 0.01}),
    ("RMSprop", {"lr": 0.005, "momentum": 0.9}),
    ("RMSprop", {"lr": 0.005, "momentum": 0.5, "centered": True, "eps": 0.01, "weightDecay": 0.2}),
    ("Adagrad", {"lr": 0.05}),
    ("Adagrad", {"lr": 0.1, "lrDecay": 0.2, "initial": 0.3, "weightDecay": 0.1, "eps": 1e-3}),
    ("Adadelta", {"lr": 1}),
    ("Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weightDecay": 0.1}),
    ("ASGD", {"lr": 0.05}),
    ("ASGD", {"lr": 0.05, "lambd": 0.3, "alpha": 0.6, "weightDecay": 0.1}),
]

# From which step on the learning rate is half. ASGD's own rate is a step late in PyTorch, which is not what is tested.
HALVED = 6


def torch_options(options):
    return {{"weightDecay": "weight_decay", "lrDecay": "lr_decay", "initial": "initial_accumulator_value"}.get(k, k): v for k, v in options.items()}


def optimizers():
    """The parameters after each of ten steps with given gradients. The learning rate is halved after the sixth."""
    torch.set_default_dtype(torch.float64)
    rows = []
    for i, (name, options) in enumerate(OPTIMIZERS):
        seed = f"optimizer/{i}"
        halve_at = STEPS if name == "ASGD" else HALVED
        params = [nn.Parameter(real(f"{seed}/{k}", s, grad=False)) for k, s in enumerate(SHAPES)]
        optimizer = getattr(torch.optim, name)(params, **torch_options(options))
        tensors = {}
        for step in range(STEPS):
            if step == halve_at:
                for group in optimizer.param_groups:
                    group["lr"] = options["lr"] / 2
            for k, p in enumerate(params):
                p.grad = real(f"{seed}/{k}/{step}", SHAPES[k], grad=False)
            optimizer.step()
            tensors |= {f"{k}/{step}": summary(p.detach().numpy()) for k, p in enumerate(params)}
        rows.append({"optimizer": name, "options": options, "seed": seed, "shapes": SHAPES, "steps": STEPS, "halveAt": halve_at, "tensors": tensors})
    torch.set_default_dtype(torch.float32)
    return rows


def averages():
    """ASGD's weights and their averages after each of ten steps; averaging begins after the third, and at once."""
    # Its rates are tensors of the default type: in float32 they would round what is compared here.
    torch.set_default_dtype(torch.float64)
    rows = []
    for i, options in enumerate([{"lr": 0.05, "t0": 3}, {"lr": 0.1, "lambd": 0, "t0": 0, "weightDecay": 0.1}]):
        seed = f"average/{i}"
        params = [nn.Parameter(real(f"{seed}/{k}", s, grad=False)) for k, s in enumerate(SHAPES)]
        optimizer = torch.optim.ASGD(params, **torch_options(options))
        tensors = {}
        for step in range(STEPS):
            for k, p in enumerate(params):
                p.grad = real(f"{seed}/{k}/{step}", SHAPES[k], grad=False)
            optimizer.step()
            tensors |= {f"{k}/{step}": summary(p.detach().numpy()) for k, p in enumerate(params)}
            tensors |= {f"ax/{k}/{step}": summary(optimizer.state[p]["ax"].numpy()) for k, p in enumerate(params)}
        rows.append({"options": options, "seed": seed, "shapes": SHAPES, "steps": STEPS, "tensors": tensors})
    torch.set_default_dtype(torch.float32)
    return rows


SPARSE = [
    {"lr": 0.01},
    {"lr": 0.1, "betas": [0.5, 0.9], "eps": 1e-3},
]


def sparse():
    """A table after each of ten steps of SparseAdam, with gradients of some rows, some of them twice."""
    rows = []
    V, F = 13, 5
    for i, options in enumerate(SPARSE):
        seed = f"sparse/{i}"
        table = nn.Parameter(real(f"{seed}/table", [V, F], grad=False))
        optimizer = torch.optim.SparseAdam([table], **torch_options(options))
        tensors, steps = {}, []
        for step in range(STEPS):
            index = integers(f"{seed}/index/{step}", [1 + step % 6], V).tolist()
            values = real(f"{seed}/{step}", [len(index), F], grad=False)
            table.grad = torch.sparse_coo_tensor([index], values, [V, F])
            optimizer.step()
            steps.append(index)
            tensors[f"table/{step}"] = summary(table.detach().numpy())
        rows.append({"options": options, "seed": seed, "V": V, "F": F, "index": steps, "tensors": tensors})
    return rows


def trainings():
    """A small language model, whole: embedding, two layers, logits, cross-entropy, clipping, Adam; ten windows in a row."""
    rows = []
    V, E, H, T, B = 17, 6, 11, 9, 5
    for cell in ["lstm", "gru", "rnn_tanh"]:
        seed = f"training/{cell}"
        embedding = nn.Embedding(V, E).double()
        kind = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN}[cell]
        recurrent, head = kind(E, H, 2).double(), nn.Linear(H, V).double()
        named = {f"{m}.{n}": p for m, module in [("embedding", embedding), ("recurrent", recurrent), ("head", head)] for n, p in module.named_parameters()}
        with torch.no_grad():
            for n, p in named.items():
                p.copy_(real(f"{seed}/{n}", list(p.shape), 1.0 if n.startswith("embedding") else 1 / math.sqrt(H)))
        optimizer = torch.optim.Adam(named.values(), lr=0.01)
        state, all_losses, norms = None, [], []
        for step in range(STEPS):
            tokens = torch.from_numpy(integers(f"{seed}/tokens/{step}", [T + 1, B], V))
            output, state = recurrent(embedding(tokens[:-1]), state)
            state = tuple(s.detach() for s in state) if cell == "lstm" else state.detach()
            loss = F.cross_entropy(head(output).reshape(-1, V), tokens[1:].reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            norms.append(float(nn.utils.clip_grad_norm_(named.values(), 0.3)))
            optimizer.step()
            all_losses.append(loss.item())
        tensors = {"losses": summary(np.array(all_losses)), "norms": summary(np.array(norms))}
        tensors |= entry(**named)
        rows.append({"cell": cell, "seed": seed, "V": V, "E": E, "H": H, "T": T, "B": B, "steps": STEPS, "maxNorm": 0.3, "lr": 0.01, "tensors": tensors})
    return rows
