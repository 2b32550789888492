"""Live status: one snapshot per project and change, shared by everybody who watches."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

from asknext.core.errors import AsknextError

Status = dict[str, Any]
INTERVAL = 0.25  # seconds between two snapshots at least


class Channel:
    """Send the snapshots of one project to those who watch it; lives on the event loop."""

    def __init__(self, snapshot: Callable[[], Status]) -> None:
        self._snapshot = snapshot
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._watchers: set[asyncio.Queue[Status | None]] = set()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Say that something changed; may be called from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)

    def close(self) -> None:
        """End all streams; call it on the event loop."""
        for queue in self._watchers:
            _replace(queue, None)

    async def watch(self) -> AsyncIterator[Status]:
        """Yield a snapshot at once and after each change, at most four a second."""
        queue: asyncio.Queue[Status | None] = asyncio.Queue(1)
        self._watchers.add(queue)
        self._changed.set()
        if self._task is None:
            self._task = asyncio.create_task(self._broadcast())
        try:
            while (status := await queue.get()) is not None:
                yield status
        finally:
            self._watchers.discard(queue)
            if not self._watchers:
                self._task.cancel()
                self._task = None

    async def _broadcast(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                status = await run_in_threadpool(self._snapshot)
            except AsknextError:  # the project is gone: so is what there was to watch
                self.close()
                return
            for queue in self._watchers:
                _replace(queue, status)
            await asyncio.sleep(INTERVAL)


def _replace(queue: asyncio.Queue[Status | None], status: Status | None) -> None:
    """Put the newest status in; a slow watcher misses those in between."""
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(status)


class Live:
    """Hold the channels of all projects that somebody watches."""

    def __init__(self, snapshot: Callable[[str], Status]) -> None:
        self._snapshot = snapshot
        self._channels: dict[str, Channel] = {}
        self._lock = threading.Lock()
        self._closed = False

    def publish(self, project: str) -> None:
        """Tell those who watch a project that it changed; may be called from any thread."""
        channel = self._channels.get(project)
        if channel is not None:
            channel.wake()

    async def watch(self, project: str) -> AsyncIterator[Status]:
        """Yield the status of a project at once and after each change."""
        if self._closed:
            return
        with self._lock:
            channel = self._channels.get(project)
            if channel is None:
                channel = Channel(lambda: self._snapshot(project))
                self._channels[project] = channel
        async for status in channel.watch():
            yield status

    def close(self) -> None:
        """End all streams, so that the server can shut down; call it on the event loop."""
        self._closed = True
        for channel in self._channels.values():
            channel.close()
