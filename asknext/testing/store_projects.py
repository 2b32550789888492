"""Checks of a store: projects, examples and artifacts."""

from __future__ import annotations

from collections.abc import Iterator

from asknext.core.errors import AlreadyExists, InvalidInput, NotFound
from asknext.core.events import SETTINGS
from asknext.core.examples import Example, Outline
from asknext.core.protocols import Added
from asknext.testing.store_cases import (
    NAME,
    MakeStore,
    answered,
    claim,
    kinds,
    opened,
    refused,
    settings,
    texts,
)

ODD = "中文 𝒜 👩‍🔬 e\u0301 \u200f\t\n\u0000 \\ \" ' \ud800 end"
"""Chinese, astral, joined, combining, right-to-left, control, NUL, quotes, half a surrogate."""


def check_create_appends_the_settings(make_store: MakeStore) -> None:
    """A new project has its settings and one event that says them."""
    with opened(make_store) as store:
        (event,) = store.events(NAME)
        assert (event.seq, event.kind, event.who, event.example) == (1, SETTINGS, "", None)
        assert event.data == settings().to_json()
        assert store.settings(NAME) == settings()


def check_create_refuses_a_taken_name(make_store: MakeStore) -> None:
    """A second project of the same name is refused and the first left as it is."""
    with opened(make_store) as store:
        assert NAME in refused(AlreadyExists, lambda: store.create(settings(title="other")))
        assert store.settings(NAME).title == ""
        assert len(store.events(NAME)) == 1


def check_configure_replaces_the_settings(make_store: MakeStore) -> None:
    """New settings replace the old ones and are an event."""
    with opened(make_store) as store:
        new = settings(title="新", stop={"budget": {"answers": 10}})
        store.configure(new, 12.5)
        assert store.settings(NAME) == new
        last = store.events(NAME)[-1]
        assert (last.seq, last.kind, last.at, last.data) == (2, SETTINGS, 12.5, new.to_json())
        refused(NotFound, lambda: store.configure(settings("nobody"), 1.0))


def check_projects_come_by_name(make_store: MakeStore) -> None:
    """Projects are listed by name: digits, capitals, small letters."""
    with opened(make_store) as store:
        for name in ("b", "B", "a-1", "9", "a_1"):
            store.create(settings(name))
        found = [project.name for project in store.projects()]
        assert found == ["9", "B", "a-1", "a_1", "b", NAME]


def check_delete_removes_everything(make_store: MakeStore) -> None:
    """A deleted project is gone; its name starts again from nothing, others keep theirs."""
    with opened(make_store, "a") as store:
        store.create(settings("other"))
        store.add("other", texts("a", "b"))
        store.append(NAME, [answered("a", "ann", key="k")])
        store.put(NAME, "model", b"1")
        store.delete(NAME)
        refused(NotFound, lambda: store.settings(NAME))
        store.create(settings())
        assert kinds(store) == [(1, SETTINGS)]
        assert store.outline(NAME) == []
        assert store.fetch(NAME, "model") is None
        store.add(NAME, texts("a"))
        assert claim(store, "ann", ["a"]) == ["a"]
        assert [row.id for row in store.outline("other")] == ["a", "b"]


def check_an_unknown_project_is_not_found(make_store: MakeStore) -> None:
    """Every method refuses a project that does not exist, and says which there are."""
    with opened(make_store) as store:
        for name in ("nobody", "", "no\0body", "\ud800"):
            for work in (
                lambda name=name: store.settings(name),
                lambda name=name: store.delete(name),
                lambda name=name: store.add(name, []),
                lambda name=name: store.outline(name),
                lambda name=name: store.scan(name),
                lambda name=name: store.examples(name, []),
                lambda name=name: store.append(name, []),
                lambda name=name: store.events(name),
                lambda name=name: store.claim(name, "a", [], 1, wanted=1, now=0.0, expires=1.0),
                lambda name=name: store.leases(name, 0.0),
                lambda name=name: store.renew(name, "a", 0.0, 1.0),
                lambda name=name: store.release(name, "a", []),
                lambda name=name: store.put(name, "x", b""),
                lambda name=name: store.fetch(name, "x"),
            ):
                assert NAME in refused(NotFound, work)


def check_add_keeps_order_and_parts(make_store: MakeStore) -> None:
    """Examples come back whole, in order of arrival, with rows 0, 1, 2 …"""
    with opened(make_store) as store:
        whole = Example(
            id="b",
            fields={"text": "x", "tokens": ["a", "b"], "score": 0.1, "n": 2**60},
            meta={"line": 3, "none": None, "deep": {"true": True}},
            copy_of="z",
            near="a",
            split="test",
            gold={"label": ["yes", 1e22]},
        )
        plain = Example(id="a", fields={"text": "y"})
        assert store.add(NAME, iter([whole, plain])) == Added(2, 0)
        assert store.scan(NAME) == [(0, whole), (1, plain)]
        assert store.outline(NAME) == [
            Outline(0, "b", whole.key, "z", "a", "test"),
            Outline(1, "a", plain.key, None, None, "pool"),
        ]
        assert list(store.examples(NAME, ["a", "b"]).items()) == [("a", plain), ("b", whole)]
        assert type(store.examples(NAME, ["b"])["b"].gold["label"][1]) is float


def check_add_leaves_known_ids_alone(make_store: MakeStore) -> None:
    """An id that is there, or was given before in the same call, is counted and left."""
    with opened(make_store, "a", "b") as store:
        again = [Example(id=i, fields={"text": "new"}) for i in ("c", "b", "c", "d", "a")]
        assert store.add(NAME, again) == Added(new=2, known=3)
        assert [(row.row, row.id) for row in store.outline(NAME)] == [
            (0, "a"),
            (1, "b"),
            (2, "c"),
            (3, "d"),
        ]
        assert store.examples(NAME, ["b"])["b"].text == "text of b"
        assert store.add(NAME, []) == Added(0, 0)


def check_add_is_all_or_none(make_store: MakeStore) -> None:
    """An error in the iterable passes through and leaves nothing; so does an unusable example."""
    with opened(make_store, "a") as store:

        def broken() -> Iterator[Example]:
            yield from texts(*(f"x{i}" for i in range(12_000)))
            raise ZeroDivisionError("in the file")

        refused(ZeroDivisionError, lambda: store.add(NAME, broken()))
        bad = Example(id="n", fields={"text": "x"}, meta={"score": float("nan")})
        assert "nan" in refused(InvalidInput, lambda: store.add(NAME, [*texts("b"), bad]))
        long = Example(id="i" * 257, fields={"text": "x"})
        refused(InvalidInput, lambda: store.add(NAME, [*texts("b"), long]))
        assert [row.id for row in store.outline(NAME)] == ["a"]
        assert store.add(NAME, texts("b")) == Added(1, 0)
        assert [row.row for row in store.outline(NAME)] == [0, 1]


def check_add_locks_nobody_out(make_store: MakeStore) -> None:
    """While the iterable runs, others write: here it does so itself."""
    with opened(make_store, "a") as store:

        def slow() -> Iterator[Example]:
            yield from texts("b", "c")
            store.append(NAME, [answered("a", "ann")])
            store.add(NAME, texts("c"))
            yield from texts("d")

        assert store.add(NAME, slow()) == Added(new=2, known=1)
        assert [row.id for row in store.outline(NAME)] == ["a", "c", "b", "d"]


def check_add_takes_many_blocks(make_store: MakeStore) -> None:
    """More examples than one block are stored, found and paged through."""
    with opened(make_store) as store:
        ids = [f"例-{i}" for i in range(11_000)]
        assert store.add(NAME, texts(*ids[:6_000])) == Added(6_000, 0)
        assert store.add(NAME, texts(*ids)) == Added(5_000, 6_000)
        assert [row.id for row in store.outline(NAME)] == ids
        assert [row.row for row in store.outline(NAME)] == list(range(11_000))
        assert list(store.examples(NAME, ids[::-1])) == ids[::-1]


def check_paging(make_store: MakeStore) -> None:
    """`after` and `limit` cut outlines, scans and events exactly."""
    with opened(make_store, "a", "b", "c", "d") as store:
        assert [row.id for row in store.outline(NAME, after=1)] == ["c", "d"]
        assert store.outline(NAME, after=3) == []
        assert [(row, x.id) for row, x in store.scan(NAME, 0, 2)] == [(1, "b"), (2, "c")]
        assert store.scan(NAME, 3) == []
        assert store.scan(NAME, -1, 0) == []
        store.append(NAME, [answered(i, "ann") for i in "abcd"])
        assert [event.seq for event in store.events(NAME, after=2, limit=2)] == [3, 4]
        assert [event.seq for event in store.events(NAME, after=3)] == [4, 5]
        assert store.events(NAME, limit=0) == []
        assert store.events(NAME, after=99) == []


def check_examples_names_the_first_missing(make_store: MakeStore) -> None:
    """An id that is not there is refused by name, the first of them; repeats are harmless."""
    with opened(make_store, "a", "b") as store:
        message = refused(NotFound, lambda: store.examples(NAME, ["b", "y", "a", "x"]))
        assert "'y'" in message
        assert list(store.examples(NAME, ["b", "b", "a"])) == ["b", "a"]
        refused(NotFound, lambda: store.examples(NAME, ["a\0"]))


def check_any_text_survives(make_store: MakeStore) -> None:
    """Texts of every script, and what is not quite text, come back character for character."""
    with opened(make_store) as store:
        odd = Example(id="例𝒜👍'\"%", fields={"text": ODD, ODD: [ODD]}, meta={"m": ODD}, gold=ODD)
        store.add(NAME, [odd])
        assert store.scan(NAME) == [(0, odd)]
        assert store.scan(NAME)[0][1].fields["text"] == ODD
        who = "安妮 %s :x ?"
        store.append(NAME, [answered(odd.id, who, key="键𝒜")])
        last = store.events(NAME)[-1]
        assert (last.example, last.who, last.key) == (odd.id, who, "键𝒜")
        assert claim(store, who, [odd.id], wanted=5) == []
        store.configure(settings(guidelines=ODD), 1.0)
        assert store.settings(NAME).guidelines == ODD


def check_artifacts(make_store: MakeStore) -> None:
    """An artifact is kept byte for byte and replaced whole; there may be none."""
    with opened(make_store) as store:
        data = bytes(range(256)) * 5_000
        store.put(NAME, "模型/weights.npz", data)
        store.put(NAME, "empty", b"")
        assert store.fetch(NAME, "模型/weights.npz") == data
        assert store.fetch(NAME, "empty") == b""
        store.put(NAME, "empty", b"new")
        assert store.fetch(NAME, "empty") == b"new"
        assert store.fetch(NAME, "nothing") is None
        assert store.fetch(NAME, "no\0thing") is None
        refused(InvalidInput, lambda: store.put(NAME, "no\0thing", b""))
