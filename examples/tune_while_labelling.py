"""Fine-tune a language model while labelling: the loop that tutorials show, in one page.

It asks for the labels of the bundled messages a hundred at a time, by what the model has learnt,
and fine-tunes MiniLM whenever 200 are new. Run it: ``python examples/tune_while_labelling.py``.
"""

from __future__ import annotations

import csv
from pathlib import Path
from tempfile import TemporaryDirectory

import asknext
from asknext import example_data

DEEP = {"base": "minilm", "every": 200, "epochs": 6, "judge": "none"}


def label_and_tune(train: Path, test: Path, *, budget: int = 600, seed: int = 0) -> list[float]:
    """Return the accuracy on `test` after each hundred labels of `train` (columns text, label)."""
    rows = list(csv.DictReader(test.read_text(encoding="utf-8").splitlines()))
    accuracy = []
    with TemporaryDirectory() as home:
        session = asknext.open_session(
            "tune", train, label_use="gold", home=home, seed=seed, control=0.0, deep=DEEP
        )
        while len(accuracy) < budget // 100:
            for question in session.ask(100):
                session.tell(question.example.id, question.example.gold)
            session.train()
            session.fine_tune()
            said = session.predict([row["text"] for row in rows])
            right = sum(a["value"] == row["label"] for a, row in zip(said, rows, strict=True))
            accuracy.append(right / len(rows))
    return accuracy


if __name__ == "__main__":
    files = (example_data.path(f"support_messages{part}.csv") for part in ("", "_test"))
    print(*(f"{share:.1%} right" for share in label_and_tune(*files)), sep="\n")
