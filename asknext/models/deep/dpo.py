"""DPO: a model that writes learns directly which of two answers people prefer; trl trains it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.encoders.forward import readable
from asknext.models.deep.base import SAFE, find_base, load_tokenizer
from asknext.models.deep.folder import write_card, write_facts, write_whole
from asknext.models.deep.hardware import find_hardware, memory_errors, trainer_numbers
from asknext.models.deep.progress import OnStep, go_on
from asknext.models.deep.quiet import quiet
from asknext.models.deep.randomness import own_randomness
from asknext.models.deep.writing.prompts import PLAIN

PURPOSE = "learning from preferences with DPO"


@dataclass(frozen=True, slots=True)
class Dpo:
    """Hold the settings of DPO.

    Args:
        base: the folder (or hub name) of a causal model, best one trained on answers before.
        beta: how strongly the model is held to what it was.
        how: ``full`` or ``lora``.
        epochs: passes over the pairs.
        batch: pairs in one update.
        learning_rate: small; large ones unlearn to write.
        max_tokens: of prompt and answer together.
        rank: of the LoRA matrices.
    """

    base: str
    beta: float = 0.1
    how: str = "lora"
    epochs: int = 3
    batch: int = 8
    learning_rate: float = 1e-5
    max_tokens: int = 512
    rank: int = 8

    def __post_init__(self) -> None:
        if self.how not in ("full", "lora"):
            raise InvalidInput(f"how {self.how!r} is not known; allowed: full, lora")
        if not (self.beta > 0 and self.learning_rate > 0):
            raise InvalidInput("beta and learning_rate must be above 0")


def tune_preferences(
    examples: Sequence[Example],
    labels: Sequence[str],
    folder: Path,
    *,
    settings: Dpo,
    seed: int,
    on_step: OnStep = go_on,
) -> dict[str, Any]:
    """Train a model on which of ``a`` and ``b`` was preferred, save it, return its facts.

    Ties, and pairs that are both bad, say nothing here and are left out. The folder is a
    standard one that writes like any causal model; the facts hold ``accuracy``: the share of
    the last epoch's pairs for which the model's own log-odds favour the preferred answer.

    Raises:
        InvalidInput: no pair with a preference.
        Cancelled: `on_step` returned False.

    Source: Rafailov et al. 2023, Direct Preference Optimization (NeurIPS).
    """
    pairs = [(e, label) for e, label in zip(examples, labels, strict=True) if label in ("a", "b")]
    if not pairs:
        raise InvalidInput("DPO learns from pairs of which one answer is preferred; give some")
    base = find_base(settings.base)
    tokenizer = load_tokenizer(base.folder)
    started = time.monotonic()
    module, told = _trained(pairs, base.folder, tokenizer, settings, seed, on_step)
    facts = {
        **told,
        "labels": len(pairs),
        "how": settings.how,
        "seed": seed,
        "seconds": round(time.monotonic() - started, 2),
        "device": find_hardware().to_json(),
    }

    def write(draft: Path) -> None:
        with quiet():
            tokenizer.save_pretrained(str(draft))
            module.save_pretrained(str(draft))
        written = {
            "model": "dpo",
            "task": {"kind": "preference"},
            "auto": "AutoModelForCausalLM",
            "classes": [],
            "base": {"source": base.source, "revision": base.revision},
            "calibration": {"reason": "texts are not calibrated"},
            "facts": facts,
        }
        write_facts(draft, written)
        write_card(draft, written)

    write_whole(folder, write)
    return facts


def _trained(
    pairs: Sequence[tuple[Example, str]],
    folder: Path,
    tokenizer: Any,
    settings: Dpo,
    seed: int,
    on_step: OnStep,
) -> tuple[Any, dict[str, Any]]:
    datasets = require("datasets", extra="gen", purpose=PURPOSE)
    trl = require("trl", extra="gen", purpose=PURPOSE)
    peft = require("peft", extra="gen", purpose=PURPOSE)
    from asknext.models.deep.trainer import Teller

    teller = Teller(on_step)
    rows = [_row(example, label, tokenizer) for example, label in pairs]
    with (
        tempfile.TemporaryDirectory(prefix="asknext-dpo-") as scratch,
        quiet(),
        memory_errors(),
        own_randomness(seed),
    ):
        lora = peft.LoraConfig(
            r=settings.rank, lora_alpha=2 * settings.rank, target_modules="all-linear"
        )
        # In memory a model has no name to be loaded by as the reference: trl wants its path.
        trainer = trl.DPOTrainer(
            model=str(folder),
            args=_arguments(scratch, settings, seed),
            train_dataset=datasets.Dataset.from_list(rows),
            processing_class=tokenizer,
            peft_config=lora if settings.how == "lora" else None,
            callbacks=[teller],
        )
        trainer.remove_callback(
            require("transformers", extra="gen", purpose=PURPOSE).PrinterCallback
        )
        trainer.train()
        module = trainer.accelerator.unwrap_model(trainer.model)
        if settings.how == "lora":
            module = module.merge_and_unload()
    return module, teller.told(trainer.state)


def _arguments(scratch: str, settings: Dpo, seed: int) -> Any:
    trl = require("trl", extra="gen", purpose=PURPOSE)
    torch = require("torch", extra="gen", purpose=PURPOSE)
    return trl.DPOConfig(
        output_dir=scratch,
        beta=settings.beta,
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch,
        learning_rate=settings.learning_rate,
        max_length=settings.max_tokens,
        model_init_kwargs={"dtype": torch.float32, "use_safetensors": True, **SAFE},
        **trainer_numbers(find_hardware().precision),
        gradient_checkpointing=False,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        seed=seed % 2**32,
        dataloader_pin_memory=torch.cuda.is_available(),
    )


def _row(example: Example, label: str, tokenizer: Any) -> dict[str, Any]:
    better, worse = ("a", "b") if label == "a" else ("b", "a")
    texts = [readable(str(example.fields.get(name, ""))) for name in ("text", better, worse)]
    if tokenizer.chat_template:
        prompt, chosen, rejected = (
            [{"role": role, "content": text}]
            for role, text in zip(("user", "assistant", "assistant"), texts, strict=True)
        )
        return {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    prompt_text = PLAIN.format(source=texts[0])
    return {"prompt": prompt_text, "chosen": texts[1], "rejected": texts[2]}
