"""Counting what is left out, and refusing to leave out too much."""

from __future__ import annotations

import logging

from .job import SHOWN_PROBLEMS, DataError

LOG = logging.getLogger("analyze")

MOST_BROKEN = 0.01
"""Share of lines that may be broken: one of millions must not lose the run, and a wrong setting breaks them all."""


class Tally:
    """Lines that are read, and those that are left out."""

    def __init__(self) -> None:
        self.lines = 0
        self.broken = 0
        self.unlabelled = 0
        self.broken_before = 0
        """Broken lines of other files, which were few enough of theirs."""
        self._problems: list[str] = []

    def broke(self, problem: str) -> None:
        """Counts a line that cannot be read."""
        self.broken += 1
        if len(self._problems) <= SHOWN_PROBLEMS:
            self._problems.append(problem)
            LOG.warning("left out: %s", problem)

    def check(self) -> None:
        """Raises if too many lines are broken."""
        if self.broken > max(1, MOST_BROKEN * self.lines) or self.broken == self.lines > 0:
            # The error says itself how many more there are.
            more = [""] * (self.broken - len(self._problems))
            raise DataError(*self._problems, *more)

    def counts(self) -> dict[str, int]:
        """For summary.json."""
        return {"broken_count": self.broken_before + self.broken, "unlabelled_count": self.unlabelled}
