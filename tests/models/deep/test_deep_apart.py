"""Two texts read apart: a number is learnt from how alike the vectors of one network are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.batch import Batch
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.examples import Example, text_example
from asknext.core.seeds import generator
from asknext.core.tasks import Classification, Regression
from asknext.encoders.siamese import Siamese
from asknext.encoders.tuned import Tuned
from asknext.models.deep.finetuned import FineTuned
from asknext.models.onnx.exporting import export_onnx
from asknext.models.standard import export_standard
from asknext.testing.encoders import check_encoder
from tests.models.deep.conftest import LEARNT, batch_of, need, small_bert, small_t5

pytestmark = pytest.mark.slow
need("transformers", "hf")

WORDS = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "re", "so") for b in ("ba", "du", "fe", "gi")]
TASK = Regression(0.0, 4.0)
QUICK: dict[str, Any] = {"learning_rate": 1e-3, "epochs": 20} | LEARNT


def pairs(n: int, seed: int) -> tuple[list[Example], list[float]]:
    """Draw pairs of four words each; the number is how many the second one has of its own."""
    rng = generator(seed, "pairs", n)
    examples, numbers = [], []
    for i in range(n):
        first, second = rng.choice(WORDS, 4), rng.choice(WORDS, 4)
        second[: i % 5] = first[: i % 5]
        fields = {"text": " ".join(first), "text_pair": " ".join(rng.permutation(second))}
        examples.append(Example(id=str(i), fields=fields))
        numbers.append(4.0 - i % 5)
    return examples, numbers


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_bert(tmp_path_factory.mktemp("base") / "b", [" ".join(WORDS)], hidden=32)


@pytest.fixture(scope="module")
def fitted(base: Path) -> FineTuned:
    examples, numbers = pairs(60, 0)
    model = FineTuned(TASK, base=str(base), pairs="apart", **QUICK)
    return model.fit(batch_of(examples), numbers, seed=1)


@pytest.fixture(scope="module")
def folder(fitted: FineTuned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("apart") / "model"
    fitted.save(place)
    return place


def error(model: FineTuned, examples: list[Example], numbers: list[float]) -> float:
    return float(np.mean((model.predict(batch_of(examples)).array("mean") - numbers) ** 2))


def test_few_pairs_teach_what_reading_them_together_does_not(base: Path, fitted: FineTuned) -> None:
    examples, numbers = pairs(100, 7)
    together = FineTuned(TASK, base=str(base), **QUICK).fit(
        batch_of(pairs(60, 0)[0]), pairs(60, 0)[1], seed=1
    )
    assert error(fitted, examples, numbers) < 0.7 * np.var(numbers)
    assert error(fitted, examples, numbers) < 0.8 * error(together, examples, numbers)
    # It falls with likeness, and was learnt so.
    assert fitted.fitted.network.module.number.weight.item() < 0
    assert 0 < fitted.facts["residual_variance"] < np.var(numbers)


def test_the_card_computes_the_same_number(folder: Path, tmp_path: Path) -> None:
    from transformers import AutoModel

    assert json.loads((folder / "config.json").read_text("utf-8"))["architectures"] == ["BertModel"]
    assert type(AutoModel.from_pretrained(folder)).__name__ == "BertModel"
    export_standard(tmp_path / "taken", source=folder, card={"project": "p"})
    asked = [Example(id="0", fields={"text": "a text", "text_pair": "the text beside it"})]
    mean = FineTuned.load(folder, TASK).predict(batch_of(asked)).array("mean")
    for place in (folder, tmp_path / "taken"):
        card = (place / "README.md").read_text("utf-8")
        (code,) = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
        said: dict[str, Any] = {}
        exec(code.replace("path/to/this/folder", str(place)), said)
        assert np.allclose(said["number"].numpy(), mean, atol=1e-5)


def test_others_read_the_vectors_too(folder: Path) -> None:
    library = pytest.importorskip("sentence_transformers", reason="a library beside ours")
    examples, _ = pairs(9, 3)
    texts = [str(example.fields["text"]) for example in examples]
    found = library.SentenceTransformer(str(folder), device="cpu").encode(texts)
    assert np.allclose(
        found, Tuned(folder, precision="fp32").encode(list(map(text_example, texts))), atol=1e-5
    )


def test_the_encoder_compares_what_was_learnt(
    folder: Path, fitted: FineTuned, tmp_path: Path
) -> None:
    encoder = Siamese(Tuned(folder, precision="fp32"))
    check_encoder(encoder, tmp_path / "check")
    examples, _ = pairs(40, 5)
    vectors = encoder.encode(examples)
    assert (encoder.sentence_dim, vectors.shape) == (32, (40, 3 * 32 + 1))
    prediction = fitted.predict(batch_of(examples))
    assert np.allclose(vectors[:, :32], prediction.array("embedding"), atol=1e-5)
    cosines = prediction.array("features")[:, 0]
    assert np.allclose(vectors[:, -1] / 4, cosines, atol=1e-5)
    step = json.loads((folder / "config.json").read_text("utf-8"))["likeness"]
    mean = step["scale"] * cosines + step["shift"]
    assert np.allclose(prediction.array("mean"), mean, atol=1e-4)
    again = FineTuned.load(folder, TASK).predict(batch_of(examples))
    assert np.allclose(again.array("mean"), prediction.array("mean"), atol=1e-5)


def test_a_text_alone_is_compared_with_itself(fitted: FineTuned) -> None:
    asked = [Example(id="0", fields={"text": "kaba lodu"}), Example(id="1", fields={"text": ""})]
    assert np.allclose(fitted.predict(batch_of(asked)).array("features"), 1.0, atol=1e-5)
    assert fitted.predict(Batch(0, load=list)).array("mean").shape == (0,)


@pytest.mark.parametrize("how", ["full", "lora"])
def test_going_on_keeps_what_was_learnt(base: Path, fitted: FineTuned, how: str) -> None:
    examples, numbers = pairs(60, 0)
    still = {**QUICK, "learning_rate": 1e-9, "head_rate": 1e-9, "epochs": 1, "how": how}
    further = FineTuned(TASK, base=str(base), pairs="apart", policy="continue", **still)
    warm = further.fit(batch_of(examples), numbers, seed=2, init=fitted)
    assert error(warm, examples, numbers) == pytest.approx(
        error(fitted, examples, numbers), rel=1e-3
    )
    other = FineTuned(TASK, base=str(base), policy="continue", **still)
    assert other.fit(batch_of(examples), numbers, seed=2, init=fitted).facts["policy"] == "scratch"


@pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")  # peft's own
def test_adapters_are_put_on_the_base_by_peft_alone(base: Path, tmp_path: Path) -> None:
    import torch
    from peft import PeftModel
    from safetensors.torch import load_file
    from transformers import AutoModel, AutoTokenizer

    examples, numbers = pairs(60, 0)
    settings = {**QUICK, "base": str(base), "pairs": "apart", "how": "lora", "learning_rate": 1e-2}
    fitted = FineTuned(TASK, **settings).fit(batch_of(examples), numbers, seed=1)
    fitted.save(tmp_path / "model")
    adapter = tmp_path / "model" / "adapter"
    names = load_file(adapter / "adapter_model.safetensors")
    assert all(name.startswith("base_model.model.encoder.layer.") for name in names)
    joined = PeftModel.from_pretrained(AutoModel.from_pretrained(base), adapter).eval()
    tokens = AutoTokenizer.from_pretrained(tmp_path / "model")

    def vectors(module: Any, field: str) -> Any:
        texts = [str(example.fields[field]) for example in examples]
        asked = tokens(texts, padding=True, return_tensors="pt")
        with torch.inference_mode():
            hidden = module(**asked).last_hidden_state * asked["attention_mask"].unsqueeze(-1)
        return torch.nn.functional.normalize(hidden.sum(1), dim=1)

    step = json.loads((tmp_path / "model" / "config.json").read_text("utf-8"))["likeness"]
    cosines = (vectors(joined, "text") * vectors(joined, "text_pair")).sum(1).numpy()
    mean = fitted.predict(batch_of(examples)).array("mean")
    assert np.allclose(step["scale"] * cosines + step["shift"], mean, atol=1e-4)
    untouched = AutoModel.from_pretrained(base).eval()
    assert not torch.allclose(vectors(joined, "text"), vectors(untouched, "text"), atol=0.01)

    still = {**settings, "learning_rate": 1e-9, "head_rate": 1e-9, "epochs": 1}
    further = FineTuned(TASK, **{**still, "policy": "adapters"})
    loaded = FineTuned.load(tmp_path / "model", TASK)
    warm, cold = (further.fit(batch_of(examples), numbers, seed=2, init=i) for i in (loaded, None))
    assert np.allclose(warm.predict(batch_of(examples)).array("mean"), mean, atol=1e-3)
    assert not np.allclose(cold.predict(batch_of(examples)).array("mean"), mean, atol=0.1)


def test_what_cannot_be_read_apart_says_so(folder: Path, base: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="serves regression"):
        FineTuned(Classification(("a", "b")), base=str(base), pairs="apart")
    with pytest.raises(InvalidInput, match="together, apart"):
        FineTuned(TASK, base=str(base), pairs="beside")
    translator = small_t5(tmp_path / "t5", WORDS)
    with pytest.raises(Unsupported, match="together"):
        FineTuned(TASK, base=str(translator), pairs="apart").fit(
            batch_of(pairs(5, 0)[0]), pairs(5, 0)[1], seed=0
        )
    with pytest.raises(Unsupported, match="no single graph"):
        export_onnx(tmp_path / "graph", source=folder, task=TASK, card={}, texts=[])


def test_no_batch_of_pairs_is_divided_among_gpus(fitted: FineTuned, tmp_path: Path) -> None:
    from asknext.models.deep.course import Conditions
    from asknext.models.deep.fitting import arguments, on_one

    assert fitted.fitted.network.module.compares
    when = Conditions(0, "fp32", float("inf"), lambda step: True)
    args = arguments(str(tmp_path), 60, fitted.tuning, when)
    args._n_gpu = 4  # a machine with four
    on_one(args, fitted.tuning.batch)
    assert (args.n_gpu, args.train_batch_size) == (1, fitted.tuning.batch)
