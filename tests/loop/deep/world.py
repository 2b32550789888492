"""A language model of a few thousand weights and a project that it can learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.core.settings import Settings
from asknext.core.tasks import Classification
from asknext.loop.live import Live
from asknext.loop.projects import create_project
from asknext.loop.session import Session

LABELS = ("delivery", "billing", "return")
WORDS = {
    "delivery": "parcel courier tracking arrived late address shipping van doorstep",
    "billing": "charged invoice card twice payment refund amount fee bank",
    "return": "send back broken wrong size label exchange replacement faulty",
}


def tiny_bert(folder: Path) -> Path:
    """Write a BERT of 32 columns with a vocabulary of the words above; two are the same."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = sorted({word for text in WORDS.values() for word in text.split()})
    vocabulary = {
        w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words])
    }
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=32,
    )
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=32,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = BertModel(config)
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder


def text_of(i: int) -> str:
    """A text whose words tell its label, which is not among them."""
    words = WORDS[LABELS[i % 3]].split()
    return f"message {i} {words[i % 9]} {words[(i // 9) % 9]} {words[(i // 27) % 9]}"


def gold(text: str) -> str:
    return LABELS[int(text.split()[1]) % 3]


def make(store: Store, name: str, base: Path, n: int = 120, **settings: Any) -> None:
    """Make a project whose deep model is the tiny one."""
    deep = {"base": str(base), "every": 30, "epochs": 8, "learning_rate": 3e-3}
    deep |= settings.pop("deep", {})
    task = Classification(LABELS).to_json()
    given = {"encoder": "tfidf", "seed": 1, **settings}
    create_project(store, Settings(name=name, task=task, deep=deep, **given))
    store.add(name, [Example(id=f"e{i:05d}", fields={"text": text_of(i)}) for i in range(n)])


def answer(session: Session | Live, n: int, who: str = "me") -> list[str]:
    """Answer n questions truly; return their ids."""
    assert isinstance(session, Session)
    done = []
    while len(done) < n:
        questions = session.ask(min(10, n - len(done)), who)
        assert questions
        for question in questions:
            session.tell(question.example.id, gold(question.example.text), who=who)
            done.append(question.example.id)
    return done


def open_project(store: Store, home: Home, name: str = "p") -> Session:
    return Session(store, name, home)
