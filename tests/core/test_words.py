"""Examples, tasks, settings, views and rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asknext.core import registry
from asknext.core.batch import Rows, blocks
from asknext.core.errors import InvalidAnswer, InvalidInput, NotFound, Unsupported
from asknext.core.examples import Example, content_key, text_example
from asknext.core.predictions import Prediction
from asknext.core.seeds import generator, unit
from asknext.core.settings import Settings, task_from_json
from asknext.core.tasks import Classification, Task
from asknext.core.view import View

LABELS = {"kind": "classification", "labels": ["a", "b"]}


@given(st.text())
def test_key_ignores_outer_space_and_composition_only(text: str) -> None:
    assert content_key({"text": f" {text}\n"}) == content_key({"text": text})
    assert content_key({"text": f"{text}x"}) != content_key({"text": text.strip()})


def test_composed_and_decomposed_letters_share_a_key() -> None:
    assert content_key({"text": "caf\u00e9"}) == content_key({"text": "cafe\u0301"})


def test_pair_is_part_of_text_and_key() -> None:
    pair = Example(id="1", fields={"text": "a", "text_pair": "b"})
    assert pair.text == "a\nb"
    assert pair.key != text_example("a").key


def test_classification_refuses_doubtful_labels() -> None:
    with pytest.raises(InvalidInput, match="distinct"):
        Classification(("a", "a "))
    with pytest.raises(InvalidInput, match="not empty"):
        Classification(("a", ""))
    with pytest.raises(InvalidAnswer, match="allowed: a, b"):
        Classification(("a", "b")).validate(3)


def test_task_round_trips_through_json() -> None:
    task = Classification(("yes", "否"))
    assert task_from_json(task.to_json()) == task
    assert isinstance(task, Task)
    assert task.extended(["否", "maybe"]).labels == ("yes", "否", "maybe")


def test_settings_round_trip_and_refuse_what_they_do_not_know() -> None:
    settings = Settings(name="p", task=LABELS, control=0.2)
    assert Settings.from_json(settings.to_json()) == settings
    with pytest.raises(InvalidInput, match="unknown settings"):
        Settings.from_json({**settings.to_json(), "colour": 1})
    with pytest.raises(InvalidInput, match="newer"):
        Settings.from_json({**settings.to_json(), "version": 99})
    with pytest.raises(InvalidInput, match="unknown settings"):
        settings.changed(colour=1)


@pytest.mark.parametrize("name", ["", "a b", "ü", "x" * 65, "../up"])
def test_project_names_are_safe(name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot name a project"):
        Settings(name=name, task=LABELS)


@pytest.mark.parametrize("kind", sorted(registry.BUILT_IN))
def test_every_registered_name_can_be_loaded(kind: str) -> None:
    for name in registry.BUILT_IN[kind]:
        assert registry.get(kind, name) is not None


def test_unknown_names_list_what_there_is() -> None:
    with pytest.raises(NotFound, match="there is: classification"):
        registry.get("task", "magic")


def test_generators_depend_on_every_part_of_the_role() -> None:
    draws = {float(generator(*role).random()) for role in [(1, "a", 2), (1, "a", 3), (2, "a", 2)]}
    assert len(draws) == 3
    assert unit(1, "ab", "c") != unit(1, "a", "bc")


@given(st.lists(st.integers(0, 19), max_size=30), st.integers(1, 7))
def test_rows_equal_fancy_indexing(index: list[int], size: int) -> None:
    base = np.arange(60.0).reshape(20, 3)
    rows = Rows(base, np.array(index, np.int64), columns=2)
    expected = base[np.array(index, np.int64), :2]
    assert np.array_equal(np.asarray(rows), expected)
    pieces = [part for _, part in blocks(rows, size)]
    assert np.array_equal(np.concatenate([expected[:0], *pieces]), expected)
    assert np.array_equal(np.asarray(rows.take(np.arange(len(index))[::-1])), expected[::-1])


def test_view_computes_once_and_slices_sub_views() -> None:
    calls = []

    def supply() -> object:
        calls.append(1)
        return np.array([[0.2, 0.8], [0.6, 0.4], [0.5, 0.5]])

    view = View(["a", "b", "c"], arrays={"proba": supply}, labelled=["z"], labels=["x"])
    part = view.take(np.array([2, 0]))
    assert part.candidates == ["c", "a"]
    assert part.proba.tolist() == [[0.5, 0.5], [0.2, 0.8]]
    assert (view.proba is view.proba, len(calls)) == (True, 1)
    assert part.labels == ["x"]


def test_view_says_what_is_missing() -> None:
    with pytest.raises(Unsupported, match="'proba' is not available here; available: nothing"):
        _ = View(["a"]).proba


def test_a_label_is_predicted_where_none_reaches_one_half() -> None:
    task = task_from_json({"kind": "multi_label", "labels": ["a", "b", "c"]})
    proba = np.array([[0.4, 0.45, 0.3], [0.5, 0.2, 0.9], [0.3, 0.1, 0.1]])
    said = Prediction(("a", "b", "c"), {"label_proba": proba})
    assert task.values(said) == [["b"], ["a", "c"], []]
    assert task.confidence(said) == pytest.approx([0.6 * 0.45 * 0.7, 0.5 * 0.8 * 0.9, 0.7 * 0.81])
