"""Factors on a learning rate of 1, from torch.optim.lr_scheduler, after 0 … STEPS − 1 calls of its step."""

import math
import warnings

import numpy as np
import torch
from torch.optim import lr_scheduler as S

from streams import summary, uniform

STEPS = 60


def factors(make, steps=STEPS, observed=None):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=1.0)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = make(optimizer)
        for step in range(steps):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step(*([] if observed is None else [observed[step]]))
    return {"factors": summary(np.array(found, dtype=np.float64))}


def warmed(steps, start, then):
    """(n + 1) / steps of the way from `start` to 1, then another schedule from its beginning."""

    def make(optimizer):
        first = start + (1 - start) / steps
        up = S.LinearLR(optimizer, start_factor=first, total_iters=steps - 1)
        return S.SequentialLR(optimizer, [up, then(optimizer)], milestones=[steps])

    return make


def schedules():
    table = [
        ({"name": "step", "every": 7}, lambda o: S.StepLR(o, 7)),
        ({"name": "step", "every": 10, "gamma": 0.7}, lambda o: S.StepLR(o, 10, gamma=0.7)),
        ({"name": "multiStep", "at": [5, 6, 30], "gamma": 0.5}, lambda o: S.MultiStepLR(o, [5, 6, 30], gamma=0.5)),
        ({"name": "multiStep", "at": [0, 20, 20]}, lambda o: S.LambdaLR(o, lambda n: 0.1 ** (1 + 2 * (n >= 20)))),
        ({"name": "exponential", "gamma": 0.9}, lambda o: S.ExponentialLR(o, 0.9)),
        ({"name": "cosine", "steps": 59}, lambda o: S.CosineAnnealingLR(o, 59)),
        ({"name": "cosine", "steps": 59, "floor": 0.2}, lambda o: S.CosineAnnealingLR(o, 59, eta_min=0.2)),
        ({"name": "linear", "steps": 40, "floor": 0.25}, lambda o: S.LinearLR(o, 1, 0.25, 40)),
        ({"name": "linear"}, lambda o: S.PolynomialLR(o, STEPS, 1)),
        ({"name": "oneCycle"}, lambda o: S.OneCycleLR(o, 1, STEPS + 1)),
        ({"name": "oneCycle", "steps": 61, "up": 0.4, "div": 10, "finalDiv": 100, "shape": "linear"},
         lambda o: S.OneCycleLR(o, 1, 61, pct_start=0.4, div_factor=10, final_div_factor=100, anneal_strategy="linear")),
        ({"name": "noam", "warmup": 12, "size": 64}, lambda o: S.LambdaLR(o, lambda n: 64**-0.5 * min((n + 1) ** -0.5, (n + 1) * 12**-1.5))),
        ({"name": "inverseSqrt", "warmup": 9}, lambda o: S.LambdaLR(o, lambda n: (n + 1) / 9 if n < 9 else math.sqrt(9) * n**-0.5)),
        ({"name": "piecewise", "at": [10, 30], "factors": [0.5, 0.125]}, lambda o: S.LambdaLR(o, lambda n: 1 if n < 10 else 0.5 if n < 30 else 0.125)),
        ({"name": "zaremba", "unit": "steps", "after": 4}, lambda o: S.LambdaLR(o, lambda n: 0.5 ** max(n + 1 - 4, 0))),
        ({"name": "cosine", "steps": 49, "warmup": 10}, warmed(10, 0, lambda o: S.CosineAnnealingLR(o, 49))),
        ({"name": "step", "every": 15, "gamma": 0.5, "warmup": 8, "warmupFrom": 0.2}, warmed(8, 0.2, lambda o: S.StepLR(o, 15, gamma=0.5))),
    ]
    # One step of OneCycle less than its length, which PyTorch refuses to pass.
    return [{"seed": f"schedule/{i}", "schedule": schedule, "steps": STEPS, "tensors": factors(make)} for i, (schedule, make) in enumerate(table)]


def plateaus():
    """ReduceLROnPlateau, told a noisy fall (or rise) that comes to rest."""
    rows = []
    for i, (better, options) in enumerate([
        ("lower", {}),
        ("lower", {"factor": 0.5, "patience": 1}),
        ("lower", {"factor": 0.5, "patience": 0, "threshold": 0.02, "mode": "absolute", "cooldown": 2}),
        ("higher", {"factor": 0.3, "patience": 2, "threshold": 0.05, "floor": 0.01}),
        ("higher", {"factor": 0.5, "patience": 1, "threshold": 0.1, "mode": "absolute", "eps": 0.1}),
    ]):
        noise = uniform(f"plateau/{i}", [STEPS], 0.1)
        fall = [math.exp(-n / 8) + float(e) for n, e in enumerate(noise)]
        observed = fall if better == "lower" else [2 - x for x in fall]
        names = {"floor": "min_lr", "mode": "threshold_mode"}
        values = {"relative": "rel", "absolute": "abs"}
        theirs = {names.get(k, k): values.get(v, v) for k, v in options.items()}
        tensors = factors(lambda o: S.ReduceLROnPlateau(o, "min" if better == "lower" else "max", **theirs), STEPS, observed)
        rows.append({"seed": f"plateau/{i}", "better": better, "options": options, "observed": observed, "tensors": tensors})
    return rows
