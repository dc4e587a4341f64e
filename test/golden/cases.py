"""The table of recurrent cases: what is run, with which sizes. No numbers are made here."""

from streams import integers

# T, B, I, H: dealt to the twelve combinations of every cell, starting at another row for each, so that sizes and
# combinations meet in many ways.
SIZES = [
    (1, 1, 3, 5), (2, 3, 5, 7), (5, 1, 3, 17), (7, 33, 9, 5), (13, 4, 11, 33), (25, 2, 1, 65),
    (3, 16, 63, 31), (50, 5, 7, 9), (9, 8, 33, 64), (100, 2, 3, 13), (4, 17, 129, 3), (17, 7, 2, 128),
]

# layers, bidirectional, ragged, state, (T, B, I, H)
EXTREMES = [
    (1, False, True, True, (200, 3, 5, 19)),
    (2, True, False, False, (200, 2, 3, 8)),
    (1, False, True, True, (6, 33, 65, 257)),
    (2, True, True, True, (3, 33, 31, 257)),
    (1, False, False, True, (1, 1, 1, 1)),
    (3, True, True, True, (12, 9, 4, 1)),
    (2, True, False, True, (1, 33, 7, 6)),
    (3, True, True, False, (11, 6, 13, 10)),
    (1, True, True, False, (31, 32, 15, 33)),
]

# lengths with rows of no steps at all (PyTorch refuses them; see recurrent.py)
EMPTY_ROWS = [
    (1, False, True, (5, 6, 3, 9), [0, 5, 2, 0, 0, 1]),
    (2, True, True, (8, 9, 5, 12), [3, 0, 8, 1, 0, 7, 7, 0, 2]),
]

CELLS = ["rnn_tanh", "rnn_relu", "lstm", "gru"]


def _case(cell, index, layers, bidirectional, ragged, state, sizes, lengths=None):
    T, B, I, H = sizes
    name = f"{cell}-{index:02d}"
    if ragged and lengths is None:
        lengths = (1 + integers(f"{name}/lengths", [B], T)).tolist()
    return {
        "name": name, "cell": cell, "layers": layers, "bidirectional": bidirectional, "state": state,
        "T": T, "B": B, "I": I, "H": H, "lengths": lengths,
    }


def torch_cases(cell):
    """The cases of a cell that PyTorch has."""
    offset = 3 * CELLS.index(cell)
    rows = [(layers, False, ragged, state) for layers in (1, 2, 3) for ragged in (False, True) for state in (False, True)]
    cases = [(*row, SIZES[(5 * i + offset) % len(SIZES)]) for i, row in enumerate(rows)]
    table = [_case(cell, i, *row) for i, row in enumerate(cases + EXTREMES)]
    for layers, bidirectional, state, sizes, lengths in EMPTY_ROWS:
        table.append(_case(cell, len(table), layers, bidirectional, True, state, sizes, lengths))
    return table


def loop_cases(cell):
    """The cases of a cell that PyTorch does not have: an explicit loop stands in for it. O is Jordan's output size."""
    rows = [
        (1, False, False, False, (7, 3, 5, 9)),
        (1, False, True, True, (21, 5, 3, 13)),
        (2, False, False, True, (4, 17, 11, 33)),
        (2, True, True, True, (9, 6, 7, 16)),
        (3, True, True, False, (12, 4, 3, 1)),
        (1, False, True, True, (60, 2, 5, 8)),
        (1, False, False, True, (3, 33, 31, 65)),
        (1, False, False, False, (1, 1, 1, 1)),
    ]
    table = [_case(cell, i, *row) for i, row in enumerate(rows)]
    table.append(_case(cell, len(table), 2, True, True, True, (8, 9, 5, 12), [3, 0, 8, 1, 0, 7, 7, 0, 2]))
    if cell == "jordan":
        for i, case in enumerate(table):
            case["O"] = [6, 11, 17, 5, 3, 8, 29, 2, 7][i]
    return table
