"""The workloads of `hiddenstate bench` in PyTorch: models, parameters and data.

Parameters and data are float32 numbers from the hash of src/cli/bench/numbers.ts, written here a second time from its
description; element i of a stream depends on the stream's name and on i alone.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F

SMALL = dict(kind="lm", B=50, T=50, V=65, emb=65, H=128, L=2)
MODELS = {
    "char-small": dict(SMALL, cell="lstm"),
    "char-medium": dict(kind="lm", cell="lstm", B=32, T=64, V=65, emb=128, H=256, L=1),
    "word-large": dict(kind="lm", cell="lstm", B=20, T=35, V=10000, emb=200, H=200, L=2),
    "big": dict(kind="lm", cell="lstm", B=32, T=128, V=256, emb=256, H=512, L=2),
    "gru-small": dict(SMALL, cell="gru"),
    "elman-small": dict(SMALL, cell="elman"),
    "tagger": dict(kind="tagger", cell="lstm", B=32, T=40, V=10000, emb=100, H=100, L=1, bidirectional=True, labels=17),
    "long": dict(kind="regress", cell="lstm", B=16, T=1000, input=2, H=128, L=1),
}
SEQ2SEQ = {"seq2seq": dict(kind="seq2seq", cell="lstm", B=32, Tsrc=20, Ttgt=20, V=5000, emb=128, H=128, L=1)}
STREAMS = {
    "stream-h64": dict(kind="regress", cell="lstm", B=1, input=64, H=64, L=1),
    "stream-h128": dict(kind="regress", cell="lstm", B=1, input=128, H=128, L=1),
    "stream-h256x2": dict(kind="regress", cell="lstm", B=1, input=256, H=256, L=2),
    "stream-h512x2": dict(kind="regress", cell="lstm", B=1, input=512, H=512, L=2),
}
MASK = 0xFFFFFFFF


def unit(name, n):
    seed = 0x811C9DC5
    for character in name.encode():
        seed = ((seed ^ character) * 0x01000193) & MASK
    x = (torch.arange(n, dtype=torch.int64) * 0x9E3779B1 + seed) & MASK
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = ((x ^ (x >> shift)) * factor) & MASK
    return (x ^ (x >> 16)).double() / 2**32


def uniform(name, shape, scale):
    return ((2 * unit(name, torch.Size(shape).numel()) - 1) * scale).float().double().view(shape)


def integers(name, shape, below):
    return (unit(name, torch.Size(shape).numel()) * below).floor().long().view(shape)


class Model(nn.Module):
    """Embedding (or none), recurrent stack, linear; time-major."""

    def __init__(self, w, dtype=torch.float64):
        super().__init__()
        self.w, H, both = w, w["H"], w.get("bidirectional", False)
        inputs = w.get("emb") or w["input"]
        self.emb = nn.Embedding(w["V"], inputs) if "emb" in w else None
        network = {"lstm": nn.LSTM, "gru": nn.GRU, "elman": nn.RNN}[w["cell"]]
        self.rnn = network(inputs, H, w["L"], bidirectional=both)
        width = 2 * H if both else H
        self.out = nn.Linear(width, {"lm": w.get("V"), "tagger": w.get("labels"), "regress": 1}[w["kind"]])
        self.to(dtype)
        with torch.no_grad():
            if self.emb is not None:
                self.emb.weight.copy_(uniform("emb", self.emb.weight.shape, 1))
            for name, parameter in self.rnn.named_parameters():
                role, place = name.rsplit("_l", 1)
                if role == "bias_hh":
                    parameter.zero_()
                    continue
                stream = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b"}[role]
                direction = "r" if place.endswith("_reverse") else "f"
                name = f"l{place.removesuffix('_reverse')}.{direction}.{stream}"
                parameter.copy_(uniform(name, parameter.shape, H**-0.5))
            self.out.weight.copy_(uniform("out.W", self.out.weight.shape, width**-0.5))
            self.out.bias.copy_(uniform("out.b", self.out.bias.shape, width**-0.5))

    def forward(self, x):
        output, _ = self.rnn(x if self.emb is None else self.emb(x))
        return self.out(output[-1] if self.w["kind"] == "regress" else output)

    def loss(self, x, y):
        out = self(x)
        if self.w["kind"] == "regress":
            return F.mse_loss(out.view(-1), y)
        return F.cross_entropy(out.view(-1, out.shape[-1]), y.view(-1))


class Seq2Seq(nn.Module):
    """Encoder in both directions, Bahdanau's attention in front of an LSTM cell, output over [h; context]; time-major."""

    def __init__(self, w, dtype=torch.float64):
        super().__init__()
        V, E, H = w["V"], w["emb"], w["H"]
        self.src, self.tgt = nn.Embedding(V, E), nn.Embedding(V, E)
        self.enc, self.dec = nn.LSTM(E, H, bidirectional=True), nn.LSTMCell(E + 2 * H, H)
        self.init, self.key = nn.Linear(2 * H, H), nn.Linear(2 * H, H, bias=False)
        self.query, self.score = nn.Linear(H, H, bias=False), nn.Linear(H, 1, bias=False)
        self.out = nn.Linear(3 * H, V)
        self.to(dtype)
        recurrent = {"weight_ih": "W", "weight_hh": "U", "bias_ih": "b"}
        with torch.no_grad():
            for name, p in self.named_parameters():
                module, role = name.split(".")
                role, _, place = role.partition("_l0")
                if role.startswith("bias_hh"):
                    p.zero_()
                elif module in ("src", "tgt"):
                    p.copy_(uniform(module, p.shape, 1))
                elif role in recurrent:
                    stream = {"enc": {"": "enc.f", "_reverse": "enc.r"}.get(place), "dec": "dec"}[module]
                    p.copy_(uniform(f"{stream}.{recurrent[role]}", p.shape, H**-0.5))
                else:
                    width = getattr(self, module).in_features
                    p.copy_(uniform(f"{module}.{'W' if role == 'weight' else 'b'}", p.shape, width**-0.5))

    def forward(self, x):
        src, tgt = x
        encoded, (last, _) = self.enc(self.src(src))
        h = torch.tanh(self.init(torch.cat([last[0], last[1]], 1)))
        c = torch.zeros_like(h)
        encoded = encoded.transpose(0, 1).contiguous()
        keys, read, outputs = self.key(encoded), self.tgt(tgt), []
        for x in read:
            scores = self.score(torch.tanh(keys + self.query(h).unsqueeze(1))).squeeze(2)
            context = torch.bmm(torch.softmax(scores, 1).unsqueeze(1), encoded).squeeze(1)
            h, c = self.dec(torch.cat([x, context], 1), (h, c))
            outputs.append(torch.cat([h, context], 1))
        return self.out(torch.stack(outputs))

    def loss(self, x, y):
        out = self(x)
        return F.cross_entropy(out.view(-1, out.shape[-1]), y.view(-1))


def batch(w, dtype=torch.float64):
    if w["kind"] == "seq2seq":
        (S, T), B, V = (w["Tsrc"], w["Ttgt"]), w["B"], w["V"]
        return (integers("x.src", (S, B), V), integers("x.tgt", (T, B), V)), integers("y", (T, B), V)
    T, B = w["T"], w["B"]
    if w["kind"] == "regress":
        return uniform("x", (T, B, w["input"]), 1).to(dtype), uniform("y", (B,), 1).to(dtype)
    return integers("x", (T, B), w["V"]), integers("y", (T, B), w.get("labels") or w["V"])
