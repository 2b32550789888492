"""The device that trains, what it is good at, and what to choose where a model does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from asknext.core.imports import require
from asknext.encoders.precision import checked_precision
from asknext.models.deep.progress import DoesNotFit

PURPOSE = "a fine-tuned model"
GIB = 2**30
OUT_OF_MEMORY = ("can't allocate memory", "MPS backend out of memory")
ADVICE = (
    'choose "how": "lora" (or "head"), a smaller "batch" with a larger "accumulate", fewer '
    '"max_tokens", or a smaller "base"'
)


@dataclass(frozen=True, slots=True)
class Hardware:
    """Describe the device: kind (``cuda``, ``mps``, ``cpu``), name, how many, memory in GiB."""

    kind: str
    name: str
    count: int
    memory: float
    free: float
    bf16: bool

    @property
    def precision(self) -> str:
        """Return the faster precision here."""
        return "bf16" if self.bf16 else "fp32"

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON, as ``asknext doctor`` shows it."""
        return {**asdict(self), "precision": self.precision}


def find_hardware() -> Hardware:
    """Look at this machine: CUDA where there is one, else Apple's MPS, else the processor."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        name = torch.cuda.get_device_name(0)
        bf16 = bool(torch.cuda.is_bf16_supported(including_emulation=False))
        count = int(torch.cuda.device_count())
        return Hardware("cuda", name, count, _gib(total), _gib(free), bf16)
    psutil = require("psutil", extra="hf", purpose=PURPOSE)
    memory = psutil.virtual_memory()
    total, free = _gib(memory.total), _gib(memory.available)
    if torch.backends.mps.is_available():
        return Hardware("mps", "Apple GPU", 1, total, free, False)
    bf16 = checked_precision(None) == "bf16"
    return Hardware("cpu", _processor(), int(torch.get_num_threads()), total, free, bf16)


def trainer_numbers(precision: str) -> dict[str, bool]:
    """Return what a Trainer is told of number formats: it trains in bf16 on a processor only
    where it is told to stay there.

    >>> trainer_numbers("fp32")["bf16"]
    False
    """
    return {"bf16": precision == "bf16", "use_cpu": find_hardware().kind == "cpu"}


def _processor() -> str:
    import platform

    return platform.processor() or platform.machine()


def _gib(count: int) -> float:
    return round(count / GIB, 2)


def memory_used(device: Any) -> int:
    """Return the most bytes held on the GPU so far; elsewhere those that the process holds."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if device.type == "mps":
        return int(torch.mps.current_allocated_memory())
    return int(require("psutil", extra="hf", purpose=PURPOSE).Process().memory_info().rss)


def memory_needed(module: Any, how: str, batch: int, tokens: int) -> float:
    """Estimate the GiB that training takes: weights, gradients, Adam, activations.

    Weights are float32. Of what is trained there are a gradient and two moments; a batch keeps
    about 16 activations of the hidden width per token and layer, and the attention weights.
    It is a rule of thumb, right within a factor of about 1.5.

    Source: Korthikanti et al. 2023, Reducing Activation Recomputation (MLSys), section 4.1.
    """
    config = module.config
    weights = sum(p.numel() for p in module.parameters())
    learnt = weights if how in ("full", "contrastive") else weights // 100
    hidden = _first(config, "hidden_size", "d_model", default=512)
    depth = _first(config, "num_hidden_layers", "num_layers", default=6)
    heads = _first(config, "num_attention_heads", "num_heads", default=8)
    kept = batch * tokens * (16 * hidden + 2 * heads * tokens) * (1 if how == "head" else depth)
    return float(4 * (weights + 3 * learnt + kept) / GIB)


def _first(config: Any, *names: str, default: int) -> int:
    found = (getattr(config, name, None) for name in names)
    return int(next((number for number in found if number), default))


def check_memory(needed: float, free: float, limit: float | None) -> None:
    """Refuse what clearly cannot fit, before it starts; raises DoesNotFit."""
    room = free if limit is None else min(free, limit)
    if needed > 1.5 * room:
        raise DoesNotFit(
            f"this training needs about {needed:.1f} GiB and there are {room:.1f}; {ADVICE}"
        )


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn a device that runs out of memory into DoesNotFit, which says what to choose."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise DoesNotFit(f"the device ran out of memory; {ADVICE} ({error})") from error
    except MemoryError as error:
        raise DoesNotFit(f"this machine ran out of memory; {ADVICE}") from error
    except RuntimeError as error:
        # Processors and Apple's GPUs have no error of their own for it, only words.
        if not any(words in str(error) for words in OUT_OF_MEMORY):
            raise
        raise DoesNotFit(f"this machine ran out of memory; {ADVICE} ({error})") from error
