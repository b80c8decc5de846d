"""A signal to the end of the service: requests under way are waited for, what waits is written.

Who signals again does not want to wait: requests that are not answered by then are answered that it
stops. What was decided is written down all the same.
"""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from service.log import Log


class Server(uvicorn.Server):
    """Says in the log that it stops, and that it has. `stopping` tells who would go on for ever."""

    def __init__(self, config: uvicorn.Config, log: Log, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._log = log
        self._stopping = stopping

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._log.happened("stopping")
        self._stopping()
        await super().shutdown(sockets)
        if self.force_exit:
            await self._cut_off()
            await self.lifespan.shutdown()
        self._log.happened("stopped")

    async def _cut_off(self) -> None:
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
