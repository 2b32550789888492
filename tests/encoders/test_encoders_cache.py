from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.examples import Example, text_example
from asknext.encoders.cache import FileVectors, open_vectors
from asknext.encoders.keys import KeyIndex, pack
from asknext.testing.encoders import check_vectors

HERE = Path(__file__).parent


def _hashed() -> Any:
    spec = spec_from_file_location("hashed_encoder", HERE / "hashed.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Hashed()


ENCODER = _hashed()
EXAMPLES = [text_example(f"text {i}") for i in range(50)]


def _same(vectors: FileVectors, examples: list[Example]) -> None:
    rows = vectors.find([e.key for e in examples])
    assert (rows >= 0).all()
    np.testing.assert_array_equal(vectors.table[rows], ENCODER.encode(examples))


def test_contract(tmp_path: Path) -> None:
    check_vectors(lambda root: open_vectors(root, ENCODER), ENCODER, tmp_path)


def test_what_was_filled_is_found_by_key_in_any_process_object(tmp_path: Path) -> None:
    writer = open_vectors(tmp_path, ENCODER)
    reader = open_vectors(tmp_path, ENCODER)
    assert writer.fill(EXAMPLES, ENCODER) == 50
    assert len(reader) == 0
    assert reader.refresh() == 50
    _same(reader, EXAMPLES)
    assert reader.find(["0" * 32]).tolist() == [-1]


def test_known_and_repeated_examples_are_not_encoded_again(tmp_path: Path) -> None:
    vectors = open_vectors(tmp_path, ENCODER)
    vectors.fill(EXAMPLES[:10], ENCODER)
    seen: list[tuple[int, int]] = []
    mixed = [*EXAMPLES[5:15], *EXAMPLES[12:20], EXAMPLES[0]]
    assert vectors.fill(mixed, ENCODER, lambda done, total: seen.append((done, total)), 19) == 10
    assert seen[-1] == (19, 19)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert vectors.find([e.key for e in EXAMPLES[:20]]).tolist() == list(range(20))


def test_an_older_table_stays_readable_while_the_file_grows(tmp_path: Path) -> None:
    vectors = open_vectors(tmp_path, ENCODER)
    vectors.fill(EXAMPLES[:10], ENCODER)
    old = vectors.table
    vectors.fill(EXAMPLES, ENCODER)
    np.testing.assert_array_equal(old, ENCODER.encode(EXAMPLES[:10]))
    assert vectors.table.shape == (50, 8)
    assert not vectors.table.flags.writeable


def test_half_written_rows_are_not_seen_and_are_cut_by_the_next_writer(tmp_path: Path) -> None:
    vectors = open_vectors(tmp_path, ENCODER)
    vectors.fill(EXAMPLES[:10], ENCODER)
    with (vectors.folder / "vectors.f32").open("ab") as file:
        file.write(b"\x7f" * 101)
    with (vectors.folder / "keys.bin").open("ab") as file:
        file.write(b"\x01" * 9)
    again = open_vectors(tmp_path, ENCODER)
    assert len(again) == 10
    again.fill(EXAMPLES, ENCODER)
    _same(again, EXAMPLES)
    assert (again.folder / "vectors.f32").stat().st_size == 50 * 32
    assert (again.folder / "keys.bin").stat().st_size == 50 * 16


def test_keys_that_a_power_loss_left_without_vectors_do_not_count(tmp_path: Path) -> None:
    vectors = open_vectors(tmp_path, ENCODER)
    vectors.fill(EXAMPLES[:10], ENCODER)
    os.truncate(vectors.folder / "vectors.f32", 6 * 32 + 5)
    again = open_vectors(tmp_path, ENCODER)
    assert len(again) == 6
    again.fill(EXAMPLES, ENCODER)
    _same(again, EXAMPLES)


@pytest.mark.slow
def test_killed_at_random_moments_it_never_shows_a_wrong_vector(tmp_path: Path) -> None:
    count, rows = 3000, [0]
    examples = [text_example(f"text {i}") for i in range(count)]
    rng = np.random.default_rng(5)
    for _ in range(20):
        child = subprocess.Popen(
            [sys.executable, str(HERE / "filling.py"), str(tmp_path), str(count)],
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        lines = 2 * (len(rows) + int(rng.integers(0, 9)))  # further in, every time
        assert all(child.stdout.readline() for _ in range(lines + 1))
        time.sleep(float(rng.uniform(0, 0.01)))
        child.kill()
        child.wait()
        child.stdout.close()
        vectors = open_vectors(tmp_path, ENCODER)
        rows.append(len(vectors))
        _same(vectors, examples[: len(vectors)])
    assert rows == sorted(rows)
    assert len(set(rows)) > 3, "the moments of the kills did not fall into the work"
    vectors = open_vectors(tmp_path, ENCODER)
    assert vectors.fill(examples, ENCODER) == count - rows[-1]
    _same(vectors, examples)


def test_several_writers_at_once_leave_each_key_once(tmp_path: Path) -> None:
    def work(order: list[Example]) -> None:
        vectors = open_vectors(tmp_path, ENCODER)
        vectors.chunk = 3
        vectors.fill(order, ENCODER)

    orders = [EXAMPLES, EXAMPLES[::-1], EXAMPLES[20:] + EXAMPLES[:20]]
    threads = [threading.Thread(target=work, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    vectors = open_vectors(tmp_path, ENCODER)
    assert sorted(vectors.find([e.key for e in EXAMPLES]).tolist()) == list(range(50))
    _same(vectors, EXAMPLES)


def test_a_second_process_waits_for_the_lock_of_the_first(tmp_path: Path) -> None:
    from asknext.encoders.locking import exclusive

    vectors = open_vectors(tmp_path, ENCODER)
    thread = threading.Thread(target=vectors.fill, args=(EXAMPLES, ENCODER))
    with exclusive(vectors.folder / "lock"):
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
        assert open_vectors(tmp_path, ENCODER).refresh() == 0
    thread.join()
    assert len(vectors) == 50


class _Broken:
    name, revision, dim, sentence_dim = "hashed", "1", 8, 4

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array

    def encode(self, examples: Any, progress: Any = None) -> Any:
        return self.array


def test_what_is_no_vector_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    vectors = open_vectors(tmp_path, ENCODER)
    bad = ENCODER.encode(EXAMPLES[:3])
    bad[1, 2] = np.nan
    with pytest.raises(InvalidInput, match=f"NaN or infinity for the example '{EXAMPLES[1].id}'"):
        vectors.fill(EXAMPLES[:3], _Broken(bad))
    with pytest.raises(InvalidInput, match=r"shape \(3, 2\) for 3 examples; allowed: \(3, 8\)"):
        vectors.fill(EXAMPLES[:3], _Broken(np.zeros((3, 2), np.float32)))
    assert vectors.refresh() == 0


def test_another_encoder_is_refused(tmp_path: Path) -> None:
    vectors = open_vectors(tmp_path, ENCODER)
    other = _hashed()
    other.revision = "2"
    with pytest.raises(InvalidInput, match="'revision': '2'"):
        vectors.fill(EXAMPLES, other)
    meta = vectors.folder / "meta.json"
    content = json.loads(meta.read_text())
    meta.write_text(json.dumps({**content, "dim": 9}))
    with pytest.raises(InvalidInput, match="remove its folder"):
        open_vectors(tmp_path, ENCODER)
    meta.write_text("{")
    with pytest.raises(InvalidInput, match="is damaged"):
        open_vectors(tmp_path, ENCODER)
    assert open_vectors(tmp_path, other).folder != vectors.folder


def test_the_reader_can_give_the_memory_back(tmp_path: Path) -> None:
    vectors = open_vectors(tmp_path, ENCODER)
    vectors.drop_pages()
    vectors.fill(EXAMPLES, ENCODER)
    before = vectors.table.copy()
    vectors.drop_pages()
    np.testing.assert_array_equal(vectors.table, before)


@pytest.mark.slow
def test_dropping_pages_shrinks_the_resident_memory(tmp_path: Path) -> None:
    class Wide:
        name, revision, dim, sentence_dim = "wide", "1", 4096, 4096

        def encode(self, examples: Any, progress: Any = None) -> Any:
            return np.ones((len(examples), 4096), np.float32)

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc to read the resident memory")
    vectors = open_vectors(tmp_path, Wide())  # type: ignore[arg-type]
    vectors.fill((text_example(str(i)) for i in range(8000)), Wide())  # type: ignore[arg-type]
    assert float(vectors.table.sum(dtype=np.float64)) == 8000 * 4096
    full = resident()
    vectors.drop_pages()
    assert full - resident() > 100 * 2**20


def test_keys_that_share_their_first_half_are_told_apart() -> None:
    keys = ["a" * 16 + f"{i:016x}" for i in (5, 3, 9)] + ["b" * 32]
    index = KeyIndex(pack(keys))
    wanted = [keys[2], "a" * 16 + "0" * 16, keys[0], keys[3], keys[1], "c" * 32, "0" * 32]
    assert index.find(pack(wanted)).tolist() == [2, -1, 0, 3, 1, -1, -1]


def test_index_agrees_with_a_dictionary() -> None:
    rng = np.random.default_rng(3)
    keys = [rng.bytes(16).hex() for _ in range(500)]
    twin = {key: row for row, key in enumerate(keys[:300])}
    found = KeyIndex(pack(keys[:300])).find(pack(keys))
    assert found.tolist() == [twin.get(key, -1) for key in keys]


@pytest.mark.parametrize("key", ["", "x" * 32, "0" * 30 + "  "])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput, match="32 hex digits"):
        pack(["0" * 32, key])
