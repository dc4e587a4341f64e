"""PyTorch's numbers for the workloads of `hiddenstate bench`, in float64: src/cli/bench/golden.ts.

python3 bench/golden.py > src/cli/bench/golden.ts        (about three minutes; wants torch, nothing else)

For training the losses of the first three steps, for inference the mean absolute output, for streams that of step 100.
"""
import sys

import torch
import torch.nn as nn

sys.dont_write_bytecode = True
from models import MODELS, SEQ2SEQ, STREAMS, Model, Seq2Seq, batch, uniform


def losses(w):
    model, (x, y) = (Seq2Seq if w["kind"] == "seq2seq" else Model)(w), batch(w)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    found = []
    for _ in range(3):
        adam.zero_grad()
        loss = model.loss(x, y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        adam.step()
        found.append(loss.item())
    return found


print('import type { Proof } from "./phases.js";\n')
print("/**")
print(" * What PyTorch computes for the built-in workloads.")
print(" *")
print(f" * Made by bench/golden.py with PyTorch {torch.__version__} in float64, from float32 parameters and data.")
print(" */")
print("export const GOLDEN: Readonly<Record<string, Proof>> = {")
for name, w in MODELS.items():
    print(f'  "{name}.train": {{ loss: [{", ".join(repr(round(v, 9)) for v in losses(w))}] }},')
    with torch.no_grad():
        mean = Model(w)(batch(w)[0]).abs().mean().item()
    print(f'  "{name}.infer": {{ checkAbs: {mean:.9f} }},', flush=True)
for name, w in SEQ2SEQ.items():
    print(f'  "{name}.train": {{ loss: [{", ".join(repr(round(v, 9)) for v in losses(w))}] }},', flush=True)
with torch.no_grad():
    for name, w in STREAMS.items():
        x = uniform("x", (64, 1, w["input"]), 1)
        output, _ = Model(w).rnn(torch.cat((x, x))[:100])
        print(f'  "{name}.stream": {{ checkAbs: {output[-1].abs().mean().item():.9f} }},', flush=True)
print("};")
