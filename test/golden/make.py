#!/usr/bin/env python3
"""Writes data/*.json. Run by hand with Debian's PyTorch: /usr/bin/python3 test/golden/make.py [name ...]"""

import json
import pathlib
import platform
import sys

import numpy as np
import torch

import attention
import cases
import crf
import forms
import masked
import parametrisations
import recurrent
import schedules
import streams
import training
import vocabulary
import weighted

DATA = pathlib.Path(__file__).parent / "data"


def write(name, rows):
    """One line a tensor: a change of one number changes one line."""
    lines = [f'{{"provenance": {json.dumps(provenance())}, "cases": [']
    for i, row in enumerate(rows):
        head = {k: v for k, v in row.items() if k != "tensors"}
        lines.append(json.dumps(head)[:-1] + ', "tensors": {')
        tensors = [f"{json.dumps(n)}: {json.dumps(t)}" for n, t in row["tensors"].items()]
        lines.append(",\n".join(tensors))
        lines.append("}}" + ("," if i < len(rows) - 1 else ""))
    path = DATA / f"{name}.json"
    path.write_text("\n".join(lines) + "\n]}\n")
    json.loads(path.read_text())
    print(f"{name}: {len(rows)} cases, {path.stat().st_size} bytes", flush=True)


def provenance():
    return {"torch": torch.__version__, "numpy": np.__version__, "python": platform.python_version(), "machine": platform.machine()}


def recurrent_rows(table):
    rows = [recurrent.golden(case) for case in table]
    worst = max(rows, key=lambda row: row["float32"])
    print(f"  PyTorch's own float32 is at most {worst['float32']} away ({worst['name']})")
    return rows


def main(wanted):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    tables = {cell: cases.torch_cases for cell in cases.CELLS} | {cell: cases.loop_cases for cell in recurrent.LOOPS}
    makers = {cell: (lambda cell=cell, table=table: recurrent_rows(table(cell))) for cell, table in tables.items()}
    makers |= {name: getattr(training, name) for name in ["losses", "layers", "clipping", "optimizers", "averages", "sparse", "trainings"]}
    makers |= {name: getattr(vocabulary, name) for name in ["adaptive_softmax", "sampled_softmax"]}
    makers |= {name: getattr(parametrisations, name) for name in ["orthogonal", "unitary", "spectral_norm"]}
    makers |= {name: getattr(forms, name) for name in ["projected_lstm", "cell_steps", "unbiased", "layer_dropout", "packed"]}
    makers |= {"masked": masked.masked}
    makers |= {name: getattr(schedules, name) for name in ["schedules", "plateaus"]}
    makers |= {"attention": attention.attention}
    makers |= {"crf": crf.crf, "weighted_losses": weighted.weighted_losses}
    if any(name in recurrent.LOOPS for name in wanted or makers):
        recurrent.check_loop([c for cell in ["rnn_tanh", "gru"] for c in cases.torch_cases(cell) if c["H"] < 200])
    DATA.mkdir(exist_ok=True)
    (DATA / "streams.json").write_text(json.dumps(streams.self_check()) + "\n")
    for name in wanted or makers:
        write(name, makers[name]())


main(sys.argv[1:])
