"""Cross-entropy with class weights, smoothed labels and ignored targets; binary cross-entropy with positive weights."""

import torch
import torch.nn.functional as F

from streams import integers
from training import entry, real

CROSS = [
    # N, V, scale, weights, smoothing, ignored target
    (7, 5, 3, True, 0.0, None),
    (7, 5, 3, False, 0.1, None),
    (12, 7, 20, True, 0.1, 3),
    (33, 65, 1, True, 0.25, -100),
    (5, 3, 2, False, 1.0, None),
    (6, 9, 80, True, 0.0, 0),
]

BINARY = [([1], 1, False), ([7, 5], 3, True), ([3, 4, 9], 2, True), ([33, 6], 60, False)]


def weighted_losses():
    rows = []
    for i, (N, V, scale, weights, smoothing, ignore) in enumerate(CROSS):
        for reduction in ["mean", "sum", "none"]:
            seed = f"weighted/{i}"
            logits = real(f"{seed}/logits", [N, V], scale)
            weight = real(f"{seed}/weight", [V], grad=False).abs() if weights else None
            target = torch.from_numpy(integers(f"{seed}/target", [N], V))
            if ignore is not None:
                target[::3] = ignore
            options = {} if ignore is None else {"ignore_index": ignore}
            loss = F.cross_entropy(logits, target, weight, reduction=reduction, label_smoothing=smoothing, **options)
            (loss * real(f"{seed}/d_loss", list(loss.shape), grad=False)).sum().backward()
            rows.append({
                "loss": "cross_entropy", "seed": seed, "N": N, "V": V, "scale": scale, "weights": weights, "smoothing": smoothing,
                "ignore": ignore, "reduction": reduction, "target": target.tolist(), "tensors": entry(loss=loss, d_logits=logits.grad),
            })
    for i, (shape, scale, weights) in enumerate(BINARY):
        for reduction in ["mean", "sum", "none"]:
            seed = f"binary/{i}"
            logits = real(f"{seed}/logits", shape, scale)
            # mostly yes and no, some in between
            target = (real(f"{seed}/target", shape, 2.0, grad=False) + 0.5).clamp(0, 1)
            weight = real(f"{seed}/weight", [shape[-1]], 3.0, grad=False).abs() if weights else None
            loss = F.binary_cross_entropy_with_logits(logits, target, pos_weight=weight, reduction=reduction)
            (loss * real(f"{seed}/d_loss", list(loss.shape), grad=False)).sum().backward()
            rows.append({
                "loss": "binary", "seed": seed, "shape": shape, "scale": scale, "weights": weights, "reduction": reduction,
                "tensors": entry(loss=loss, d_logits=logits.grad),
            })
    return rows
