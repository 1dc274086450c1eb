"""Several things at the same time, for as long as there is time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import TypeAlias, TypeVar, cast

GRACE_SECONDS = 0.5
"""How much later than a deadline the threads are given up: most say themselves why they failed."""

T = TypeVar("T")
_Waiting: TypeAlias = SimpleQueue[tuple[int, Callable[[], T]]]
_Done: TypeAlias = SimpleQueue[tuple[int, T | None, BaseException | None]]


def together(jobs: Sequence[Callable[[], T]], *, most: int, deadline: float) -> list[T | None]:
    """Run jobs in up to `most` threads and return what they return, in their order; None for one that is not done in time.

    A job's error is raised here. `deadline` is a time of `time.monotonic`. A thread that hangs (a name that is not found
    for minutes) is left behind and keeps no process alive.
    """
    waiting: _Waiting[T] = SimpleQueue()
    done: _Done[T] = SimpleQueue()
    for numbered in enumerate(jobs):
        waiting.put(numbered)
    for _ in range(min(most, len(jobs))):
        Thread(target=_work, args=(waiting, done), daemon=True).start()
    results: list[T | None] = [None] * len(jobs)
    for _ in jobs:
        try:
            place, result, error = done.get(timeout=max(deadline - monotonic(), 0.001))
        except Empty:
            break
        if error is not None:
            raise error
        results[place] = result
    return results


def meanwhile(job: Callable[[], T]) -> Callable[[], T]:
    """Start a job, which must end by itself, in a thread of its own. Return the function that waits for its end and returns
    what the job returned, or raises its error; who does not call it leaves the thread behind, which keeps no process alive.
    """
    waiting: _Waiting[T] = SimpleQueue()
    done: _Done[T] = SimpleQueue()
    waiting.put((0, job))
    Thread(target=_work, args=(waiting, done), daemon=True).start()

    def result() -> T:
        _, returned, error = done.get()
        if error is not None:
            raise error
        return cast("T", returned)

    return result


def _work(waiting: _Waiting[T], done: _Done[T]) -> None:
    while True:
        try:
            place, job = waiting.get_nowait()
        except Empty:
            return
        try:
            done.put((place, job(), None))
        except BaseException as error:  # noqa: BLE001  raised again where the result is wanted
            done.put((place, None, error))
