"""Figures of sacreBLEU, scikit-learn, NLTK and rapidfuzz on generated texts, labels and sequences: data/metrics.json.

Run with those four installed: python3 metrics.py. Their versions stand in the file.
"""

import json
import random
import warnings
from pathlib import Path

import nltk
import numpy as np
import rapidfuzz
import sacrebleu
import sklearn
from nltk.stem.porter import PorterStemmer
from rapidfuzz.distance import Levenshtein
from sacrebleu.metrics import BLEU, CHRF
from sklearn.metrics import accuracy_score, confusion_matrix, hamming_loss, precision_recall_fscore_support

warnings.filterwarnings("ignore")
rng = random.Random(5)
WORDS = "the a man dog runs over grass . , 3,500 it's U.S. &quot;so&quot; 10-year “green” $5.00 x@y naïve e.g. 中文 🙂 a-b Two".split()
SYMBOLS = "ab1, .-&'\"$中é🙂\u00a0\u2003;:!?/()"
SUFFIXES = "ing ed ies alli fulli logi ation eed ied ness y ll e ion ement ization s sses ational biliti iveness ful ical ate".split()


def sentence():
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 9)))


def changed(text):
    words = text.split()
    for _ in range(rng.randint(0, 3)):
        words[rng.randrange(len(words))] = rng.choice(WORDS)
    return " ".join(words)


def noise():
    return "".join(rng.choice(SYMBOLS) for _ in range(rng.randint(0, 14)))


references = [sentence() for _ in range(24)]
hypotheses = [changed(text) for text in references] + [noise() for _ in range(14)] + ["", "."]
references = [[text, changed(text)] for text in references] + [[noise(), noise()] for _ in range(14)] + [["", "a"], ["a b", "c"]]
streams = [list(stream) for stream in zip(*references)]

bleu = []
for tokenizer in ["13a", "intl", "char", "none"]:
    for smooth, value in [("exp", None), ("floor", None), ("floor", 0.5), ("add-k", None), ("add-k", 2), ("none", None)]:
        lowercase = smooth == "none"
        options = dict(tokenize=tokenizer, smooth_method=smooth, smooth_value=value, lowercase=lowercase)
        metric = BLEU(**options)
        both = metric.corpus_score(hypotheses, streams)
        sentence_metric = BLEU(effective_order=True, **options)
        bleu.append(
            {
                "options": {"tokenizer": tokenizer, "smooth": smooth, "lowercase": lowercase, **({"smoothValue": value} if value else {})},
                "signature": str(metric.get_signature()).split("|version")[0],
                "score": both.score,
                "precisions": both.precisions,
                "brevityPenalty": both.bp,
                "lengths": [both.sys_len, both.ref_len],
                "one": BLEU(**options).corpus_score(hypotheses, streams[:1]).score,
                "sentences": [round(sentence_metric.sentence_score(h, r).score, 9) for h, r in zip(hypotheses, references)],
            }
        )

chrf = []
for words, beta, lowercase, whitespace, epsilon in [
    (0, 2, False, False, False),
    (2, 2, False, False, False),
    (2, 1, True, False, False),
    (0, 3, False, True, False),
    (2, 2, False, False, True),
]:
    metric = CHRF(word_order=words, beta=beta, lowercase=lowercase, whitespace=whitespace, eps_smoothing=epsilon)
    chrf.append(
        {
            "options": {"wordOrder": words, "beta": beta, "lowercase": lowercase, "whitespace": whitespace, "epsilonSmoothing": epsilon},
            "score": metric.corpus_score(hypotheses, streams).score,
            "signature": str(metric.get_signature()).split("|version")[0],
            "sentences": [round(metric.sentence_score(h, r).score, 9) for h, r in zip(hypotheses, references)],
        }
    )

stemmer = PorterStemmer()
forms = {"".join(rng.choice("aeioyybllstnr") for _ in range(rng.randint(1, 6))) + rng.choice(SUFFIXES) for _ in range(900)}
forms |= set("relational conditional feed agreed hopping falling filing happy sky skies dying enjoy ties tied news".split())
stems = [[form, stemmer.stem(form)] for form in sorted(forms)]

edits = []
for _ in range(150):
    reference, hypothesis = ("".join(rng.choice("abc") for _ in range(rng.randint(0, 9))) for _ in range(2))
    steps = [[step.tag[0], step.src_pos, step.dest_pos] for step in Levenshtein.editops(reference, hypothesis)]
    edits.append([reference, hypothesis, steps])


def averages(targets, predictions, zero_division, **options):
    figures = {}
    for average in ["micro", "macro", "weighted"]:
        result = precision_recall_fscore_support(targets, predictions, average=average, zero_division=zero_division, **options)
        figures[average] = [float(x) for x in result[:3]]
    return figures


classes = []
for _ in range(60):
    count, length = rng.randint(1, 5), rng.randint(1, 12)
    targets, predictions = ([rng.randrange(count) for _ in range(length)] for _ in range(2))
    labels = list(range(count))
    chosen = labels[:: 2]
    per_class = precision_recall_fscore_support(targets, predictions, labels=labels, zero_division=0)
    classes.append(
        {
            "classes": count,
            "targets": targets,
            "predictions": predictions,
            "confusion": confusion_matrix(targets, predictions, labels=labels).tolist(),
            "perClass": np.array(per_class).T.tolist(),
            "zero": averages(targets, predictions, 0),
            "one": averages(targets, predictions, 1),
            "averaged": chosen,
            "chosen": averages(targets, predictions, 0, labels=chosen),
        }
    )

labels = []
for _ in range(30):
    count, length = rng.randint(2, 4), rng.randint(1, 6)
    targets, predictions = ([[rng.randrange(2) for _ in range(count)] for _ in range(length)] for _ in range(2))
    t, p = np.array(targets), np.array(predictions)
    labels.append(
        {
            "targets": targets,
            "predictions": predictions,
            "exactMatch": float(accuracy_score(t, p)),
            "hammingLoss": float(hamming_loss(t, p)),
            "averages": averages(t, p, 0),
        }
    )

golden = {
    "made with": {module.__name__: module.__version__ for module in (sacrebleu, sklearn, nltk, rapidfuzz)},
    "hypotheses": hypotheses,
    "references": references,
    "bleu": bleu,
    "chrf": chrf,
    "stems": stems,
    "edits": edits,
    "classes": classes,
    "labels": labels,
}
path = Path(__file__).parent / "data" / "metrics.json"
path.write_text(json.dumps(golden, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
