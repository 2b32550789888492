"""What trains here, and what is said where it does not fit."""

from __future__ import annotations

import pytest

from asknext.models.deep.hardware import (
    check_memory,
    find_hardware,
    memory_errors,
    memory_needed,
    memory_used,
)
from asknext.models.deep.progress import DoesNotFit
from tests.models.deep.conftest import need

pytestmark = pytest.mark.slow
need("torch", "hf")


def test_this_machine() -> None:
    import torch

    found = find_hardware()
    assert found.kind in ("cpu", "cuda", "mps")
    assert 0 < found.free <= found.memory
    assert found.to_json()["precision"] == ("bf16" if found.bf16 else "fp32")
    assert memory_used(torch.device("cpu")) > 2**20


def test_errors_of_the_device_say_what_to_choose() -> None:
    import torch

    for error in (
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"),
    ):
        with pytest.raises(DoesNotFit, match="lora"), memory_errors():
            raise error
    with pytest.raises(RuntimeError, match="shapes"), memory_errors():
        raise RuntimeError("shapes cannot be multiplied")


def test_what_cannot_fit_is_refused_before_it_starts() -> None:
    check_memory(1.0, 8.0, None)
    with pytest.raises(DoesNotFit, match="needs about 20"):
        check_memory(20.0, 8.0, None)
    with pytest.raises(DoesNotFit, match=r"there are 2\.0"):
        check_memory(5.0, 8.0, 2.0)


def test_the_estimate_grows_with_what_is_learnt() -> None:
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(hidden_size=64, num_hidden_layers=2, num_attention_heads=2, vocab_size=900)
    module = BertForSequenceClassification(config)
    full, lora, head = (memory_needed(module, how, 16, 64) for how in ("full", "lora", "head"))
    assert full > lora > head
    assert memory_needed(module, "full", 32, 64) > full
    assert memory_needed(module, "full", 16, 128) > full
