"""Models that write: small ones made in code, trained on real pairs until they say them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.examples import Example, text_example
from asknext.core.tasks import Classification, Generation
from asknext.models.deep.writing.model import Causal, Seq2Seq, Writer
from asknext.models.deep.writing.prompts import ChatPrompts
from benchmarks.bases import byte_pieces
from tests.models.deep.conftest import batch_of, drawn, need, small_llama, small_t5

pytestmark = pytest.mark.slow
need("torch", "hf")

RowsOf = Callable[..., list[dict[str, Any]]]
QUICK: dict[str, Any] = {"learning_rate": 5e-3, "epochs": 40, "batch": 8}
STILL: dict[str, Any] = {"learning_rate": 1e-9, "epochs": 1}  # stays as it began
CHAT = (
    "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}</s>{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant: {% endif %}"
)


@pytest.fixture(scope="module")
def pairs(shared_rows: RowsOf) -> tuple[list[Example], list[str]]:
    rows = drawn(shared_rows("multi30k_en_de"), 16)
    return (
        [text_example(" ".join(row["source"].split()[:6])) for row in rows],
        [" ".join(row["target"].split()[:3]) for row in rows],
    )


def base_for(model: type[Writer], folder: Path, pairs: tuple[list[Example], list[str]]) -> str:
    texts = [example.text for example in pairs[0]] + pairs[1]
    make = small_llama if model is Causal else small_t5
    return str(make(folder, texts))


@pytest.fixture(scope="module", params=[Causal, Seq2Seq], ids=["causal", "seq2seq"])
def trained(
    request: pytest.FixtureRequest,
    pairs: tuple[list[Example], list[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Writer:
    model: type[Writer] = request.param
    base = base_for(model, tmp_path_factory.mktemp(model.name), pairs)
    fitted = model(Generation(), base=base, samples=3, **QUICK).fit(
        batch_of(pairs[0]), pairs[1], seed=1
    )
    return fitted


def test_it_says_what_it_has_learnt(
    trained: Writer, pairs: tuple[list[Example], list[str]]
) -> None:
    losses = trained.facts["loss"]
    assert losses[-1] < 0.3 * losses[0]
    said = trained.task.values(trained.predict(batch_of(pairs[0])))
    assert np.mean([a == b for a, b in zip(said, pairs[1], strict=True)]) > 0.5


def test_arrays_of_a_text(trained: Writer, pairs: tuple[list[Example], list[str]]) -> None:
    prediction = trained.predict(batch_of(pairs[0]))
    arrays = prediction.arrays
    assert set(arrays) == trained.provides
    log, lengths = prediction.array("sequence_logprob"), prediction.array("sequence_length")
    tokens, entropy = prediction.array("token_logprob"), prediction.array("token_entropy")
    assert tokens.lengths.tolist() == lengths.tolist() == entropy.lengths.tolist()
    assert np.allclose([tokens[i].sum() for i in range(16)], log)
    assert (tokens.values <= 0).all()
    assert (entropy.values >= 0).all()
    assert np.allclose(prediction.array("conditioned_loss"), -log / lengths)
    # Without what it answers, an answer is harder to guess.
    assert prediction.array("unconditioned_loss").mean() > -(log / lengths).mean()
    drawn_texts = prediction.array("samples")
    assert drawn_texts.shape == prediction.array("sample_logprob").shape == (16, 3)
    again = trained.predict(batch_of(pairs[0])).array("samples")
    assert (drawn_texts == again).all()
    assert 0 < trained.task.confidence(prediction).mean() <= 1


def test_the_likeliest_text_of_its_own_logits(
    trained: Writer, pairs: tuple[list[Example], list[str]]
) -> None:
    """Log p of the greedy text agrees with what generate says of its own tokens."""
    import torch

    pen = trained.written.pen
    source = pairs[0][0].text
    (ids,) = pen.prompts.prompts([source])
    out = pen.module.generate(
        input_ids=torch.tensor([ids]),
        attention_mask=torch.ones(1, len(ids), dtype=torch.long),
        max_new_tokens=pen.most,
        do_sample=False,
        eos_token_id=pen.prompts.end,
        pad_token_id=pen.padding,
        output_scores=True,
        return_dict_in_generate=True,
    )
    scores = pen.module.compute_transition_scores(out.sequences, out.scores, normalize_logits=True)
    prediction = trained.predict(batch_of(pairs[0][:1]))
    assert np.isclose(float(scores.sum()), prediction.array("sequence_logprob")[0], atol=1e-3)


def test_the_folder_writes_the_same_without_asknext(
    trained: Writer, pairs: tuple[list[Example], list[str]], tmp_path: Path
) -> None:
    import transformers

    trained.save(tmp_path / "model")
    again = type(trained).load(tmp_path / "model", Generation())
    one, two = (m.predict(batch_of(pairs[0])) for m in (trained, again))
    assert (one.array("output") == two.array("output")).all()
    assert np.allclose(one.array("sequence_logprob"), two.array("sequence_logprob"), atol=1e-4)
    assert again.writing == trained.writing
    auto = getattr(transformers, trained.form.auto)
    model = auto.from_pretrained(tmp_path / "model")
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    (ids,) = trained.written.pen.prompts.prompts([pairs[0][0].text])
    inputs = tokenizer.pad({"input_ids": [ids]}, return_tensors="pt")
    tokens = model.generate(**inputs, max_new_tokens=30, do_sample=False)
    new = trained.form.written(tokens, len(ids))
    assert tokenizer.decode(new[0], skip_special_tokens=True).strip() == one.array("output")[0]
    other = Seq2Seq if isinstance(trained, Causal) else Causal
    with pytest.raises(InvalidInput, match=trained.name):
        other.load(tmp_path / "model", Generation())


@pytest.mark.parametrize("model", [Causal, Seq2Seq])
def test_low_rank_adapters_and_going_on(
    model: type[Writer], pairs: tuple[list[Example], list[str]], tmp_path: Path
) -> None:
    base = base_for(model, tmp_path / "base", pairs)
    settings = {**QUICK, "base": base, "how": "lora", "epochs": 8}
    fitted = model(Generation(), **settings).fit(batch_of(pairs[0]), pairs[1], seed=1)
    assert fitted.facts["loss"][-1] < fitted.facts["loss"][0]
    fitted.save(tmp_path / "model")
    assert (tmp_path / "model" / "adapter" / "adapter_model.safetensors").exists()
    again = model.load(tmp_path / "model", Generation())
    score = fitted.predict(batch_of(pairs[0])).array("sequence_logprob")
    for name in ("continue", "adapters"):
        further = model(Generation(), **{**settings, **STILL, "policy": name})
        warm = further.fit(batch_of(pairs[0]), pairs[1], seed=2, init=again)
        assert np.allclose(
            warm.predict(batch_of(pairs[0])).array("sequence_logprob"), score, atol=1e-2
        )


def test_only_the_answer_is_learnt_with_a_chat_template(tmp_path: Path) -> None:
    texts = ["user: hello assistant: good day"]
    base = small_llama(tmp_path / "base", texts, CHAT)
    fitted = Causal(Generation(), base=str(base), epochs=1).fit(
        batch_of([text_example("hello")]), ["good day"], seed=1
    )
    pen = fitted.written.pen
    tokenizer = pen.prompts.tokenizer
    (prompt,), (answer,) = (
        pen.prompts.prompts(["hello"]),
        pen.prompts.answers(["hello"], ["good day"], 20),
    )
    assert tokenizer.decode(prompt) == "<s>user: hello</s><s>assistant: "
    assert tokenizer.decode(answer) == "good day</s>"


def test_plain_prompts() -> None:
    tokenizer = byte_pieces(["Text: hello Answer: day"], 600)
    prompts = ChatPrompts(tokenizer, 100)
    assert tokenizer.decode(prompts.prompts(["hello"])[0]) == "Text:\nhello\n\nAnswer:\n"
    assert tokenizer.decode(prompts.answers(["hello"], ["Text: day"], 20)[0]) == "Text: day</s>"
    assert len(ChatPrompts(tokenizer, 4).prompts(["hello"])[0]) == 4
    assert len(prompts.answers(["hello"], ["day " * 50], 20)[0]) == 20


def test_writers_refuse_what_they_cannot_do(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="transformer"):
        Causal(Classification(("a", "b")))
    with pytest.raises(Unsupported, match="lora"):
        Seq2Seq(Generation(), how="head")
    with pytest.raises(InvalidInput, match="beams"):
        Seq2Seq(Generation(), beams=0)
