"""Output layers for big vocabularies, in float64, from PyTorch."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from streams import integers
from training import entry, real

ADAPTIVE = [
    # N, I, V, cutoffs, div_value, head_bias
    (1, 4, 3, [1], 2.0, False),
    (7, 9, 23, [5, 11], 2.0, True),
    (33, 16, 100, [10, 30, 60], 2.0, False),
    (40, 31, 301, [20, 100], 4.0, True),
    (5, 65, 40, [39], 1.5, True),
]


def adaptive_softmax():
    """Log probabilities of the targets, the loss, the whole distribution, the prediction, and all gradients."""
    rows = []
    for i, (N, I, V, cutoffs, div, head_bias) in enumerate(ADAPTIVE):
        seed = f"adaptive/{i}"
        layer = nn.AdaptiveLogSoftmaxWithLoss(I, V, cutoffs, div_value=div, head_bias=head_bias).double()
        named = dict(layer.named_parameters())
        with torch.no_grad():
            for n, p in named.items():
                p.copy_(real(f"{seed}/{n}", list(p.shape), 3 / math.sqrt(p.shape[-1])))
        x = real(f"{seed}/x", [N, I])
        target = torch.from_numpy(integers(f"{seed}/target", [N], V))
        output, loss = layer(x, target)
        # every output counts, with a weight of its own, and so does the loss
        (loss + (output * real(f"{seed}/d_output", [N], grad=False)).sum()).backward()
        tensors = entry(output=output, loss=loss, log_prob=layer.log_prob(x), predict=layer.predict(x), d_x=x.grad)
        # a cluster that no target is in has no gradient in PyTorch, and zeros here
        tensors |= entry(**{f"d_{n}": torch.zeros_like(p) if p.grad is None else p.grad for n, p in named.items()})
        rows.append({
            "seed": seed, "N": N, "inputSize": I, "vocabularySize": V, "cutoffs": cutoffs, "divValue": div,
            "headBias": head_bias, "target": target.tolist(), "tensors": tensors,
        })
    return rows


def sampled_softmax():
    """Jean et al. 2015 with candidates that are given: log-uniform expected counts, accidental hits removed."""
    rows = []
    for i, (N, I, V, S, tries, bias) in enumerate(
        [(1, 3, 5, 1, 1, True), (7, 9, 23, 6, 9, True), (33, 16, 100, 40, 71, False), (12, 31, 301, 64, 100, True)]
    ):
        seed = f"sampled/{i}"
        weight = real(f"{seed}/weight", [V, I], 3 / math.sqrt(I))
        b = real(f"{seed}/bias", [V], 1.0) if bias else None
        x = real(f"{seed}/x", [N, I])
        target = torch.from_numpy(integers(f"{seed}/target", [N], V))
        # distinct: the first S of all words, by a hashed key
        candidates = torch.from_numpy(np.argsort(integers(f"{seed}/order", [V], 1 << 30), kind="stable")[:S].copy())
        words = torch.arange(V, dtype=torch.float64)
        probability = torch.log((words + 2) / (words + 1)) / math.log(V + 1)
        expected = -torch.expm1(tries * torch.log1p(-probability))
        scores = F.linear(x, weight, b) - torch.log(expected)
        own = scores.gather(1, target[:, None])
        others = scores[:, candidates].masked_fill(candidates[None, :] == target[:, None], -math.inf)
        loss = F.cross_entropy(torch.cat([own, others], 1), torch.zeros(N, dtype=torch.int64))
        loss.backward()
        tensors = entry(loss=loss, d_x=x.grad, d_weight=weight.grad, **({"d_bias": b.grad} if bias else {}))
        rows.append({
            "seed": seed, "N": N, "inputSize": I, "vocabularySize": V, "samples": S, "tries": tries, "bias": bias,
            "target": target.tolist(), "candidates": candidates.tolist(), "tensors": tensors,
        })
    return rows
