"""Orthogonal and unitary weights and spectral norms, in float64, from torch.nn.utils.parametrizations."""

import numpy as np
import torch
from torch import nn
from torch.nn.utils.parametrizations import orthogonal as parametrise
from torch.nn.utils.parametrizations import spectral_norm as bound_spectrum

from streams import integers
from training import entry, real

# rows, cols, scale of the free matrix; tall, wide and square; norms below and far above what one polynomial reaches
SHAPES = [(1, 1, 1.0), (2, 2, 3.0), (7, 7, 0.1), (12, 5, 1.0), (5, 12, 1.0), (33, 33, 0.5), (64, 64, 0.3)]
MAPS = {"matrixExp": "matrix_exp", "cayley": "cayley", "householder": "householder"}


def orthogonal():
    """The weight and the gradient of what is learned. The base is a permutation with signs: exact in every precision."""
    rows = []
    for name, torch_name in MAPS.items():
        for i, (M, K, scale) in enumerate(SHAPES):
            seed = f"orthogonal/{name}/{i}"
            based = i % 2 == 1
            layer = nn.Linear(K, M, bias=False).double()
            parametrise(layer, "weight", torch_name)
            free = real(f"{seed}/original", [M, K], scale, grad=False)
            signs = torch.from_numpy(2.0 * integers(f"{seed}/signs", [min(M, K)], 2) - 1)
            free.diagonal().copy_(signs)
            n = max(M, K)
            base = torch.eye(n, dtype=torch.float64)
            order = np.arange(n)
            if based:
                order = np.argsort(integers(f"{seed}/order", [n], 1 << 30), kind="stable")
                base = base[torch.from_numpy(order.copy())]
                base[0] *= -1
            with torch.no_grad():
                layer.parametrizations.weight.original.copy_(free)
                layer.parametrizations.weight[0].base.copy_(base)
            weight = layer.weight
            (weight * real(f"{seed}/d_weight", [M, K], grad=False)).sum().backward()
            d_original = layer.parametrizations.weight.original.grad
            rows.append({
                "seed": seed, "map": name, "rows": M, "cols": K, "scale": scale, "signs": signs.tolist(),
                "order": order.tolist() if based else None, "tensors": entry(weight=weight, d_original=d_original),
            })
    return rows


def unitary():
    """The same for complex weights: PyTorch's gradient of a complex leaf is that of its real part and i times that of its
    imaginary one. The base is a diagonal of 1, i, -1 and -i."""
    rows = []
    for name in ["matrixExp", "cayley"]:
        for i, (n, scale) in enumerate([(1, 1.0), (2, 3.0), (7, 0.1), (12, 1.0), (33, 0.5)]):
            seed = f"unitary/{name}/{i}"
            layer = nn.Linear(n, n, bias=False, dtype=torch.complex128)
            parametrise(layer, "weight", MAPS[name])
            pair = lambda what, scale: torch.complex(
                *(real(f"{seed}/{what}_{part}", [n, n], scale, grad=False).detach() for part in ["re", "im"])
            )
            turns = integers(f"{seed}/turns", [n], 4)
            with torch.no_grad():
                layer.parametrizations.weight.original.copy_(pair("original", scale))
                layer.parametrizations.weight[0].base.copy_(torch.diag(torch.tensor([1, 1j, -1, -1j])[torch.from_numpy(turns)]))
            weight, cotangent = layer.weight, pair("d_weight", 1.0)
            (weight.real * cotangent.real + weight.imag * cotangent.imag).sum().backward()
            d_original = layer.parametrizations.weight.original.grad
            stacked = {n: torch.cat([v.real, v.imag]) for n, v in {"weight": weight, "d_original": d_original}.items()}
            rows.append({"seed": seed, "map": name, "size": n, "scale": scale, "turns": turns.tolist(), "tensors": entry(**stacked)})
    return rows


def spectral_norm():
    """The weight after one power iteration from given vectors, the vectors, and the gradient of what is learned."""
    rows = []
    for i, (M, K) in enumerate([(1, 1), (7, 7), (12, 5), (5, 33), (64, 64)]):
        seed = f"spectral/{i}"
        layer = nn.Linear(K, M, bias=False).double()
        bound_spectrum(layer, "weight")
        norm = layer.parametrizations.weight[0]
        with torch.no_grad():
            layer.parametrizations.weight.original.copy_(real(f"{seed}/original", [M, K], grad=False))
            norm._u.copy_(real(f"{seed}/u", [M], grad=False))
            norm._v.copy_(real(f"{seed}/v", [K], grad=False))
        weight = layer.weight
        (weight * real(f"{seed}/d_weight", [M, K], grad=False)).sum().backward()
        tensors = entry(weight=weight, u=norm._u, v=norm._v, d_original=layer.parametrizations.weight.original.grad)
        rows.append({"seed": seed, "rows": M, "cols": K, "tensors": tensors})
    return rows
