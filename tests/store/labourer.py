"""A process that works on a store until it is done or killed: ``python labourer.py job url name``.

What it has been told is done it says at once, one line each, past every buffer.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from asknext.core.protocols import Store
from asknext.store.opening import open_store
from asknext.testing.store_cases import NAME, answered, claim


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def until_killed(store: Store, name: str) -> None:
    """Claim and answer for ever; say every lease and every answer once it is acknowledged."""
    ids = [row.id for row in store.outline(NAME)]
    turn = 0
    while True:
        turn += 1
        who = f"{name}-{turn}"
        for example in claim(store, who, ids, 3, wanted=10**9, expires=1e12):
            say(f"leased {example} {who}")
            if turn % 3:
                key = f"{who}/{example}"
                store.append(NAME, [answered(example, who, key=key)] * 2)
                say(f"answered {example} {who} {key}")


def until_done(store: Store, name: str) -> None:
    """Four people claim and answer until nothing is left; say every answer."""
    ids = [row.id for row in store.outline(NAME)]

    def person(number: int) -> None:
        who = f"{name}-{number}"
        while taken := claim(store, who, ids, 5, wanted=1, expires=1e12):
            for example in taken:
                store.append(NAME, [answered(example, who, key=f"{who}/{example}")])
                say(f"answered {example} {who}")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(person, range(4)))


if __name__ == "__main__":
    job, url, name = sys.argv[1:]
    opened = open_store(url)
    say("ready")
    sys.stdin.readline()  # all begin together
    {"until_killed": until_killed, "until_done": until_done}[job](opened, name)
    opened.close()
