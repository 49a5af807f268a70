"""The part of time that a run looks at, and its folders by hour."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from .job import DataError

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """From `start` to just before `end`; `run` is the time of the run."""

    start: datetime
    end: datetime
    run: datetime

    @staticmethod
    def of(arguments: argparse.Namespace) -> Window:
        """The window that arguments describe."""
        run = time_of(arguments.run_time)
        if run is None:
            raise DataError(f"--run-time must be a time in ISO 8601, got: {arguments.run_time}")
        start = run - timedelta(minutes=arguments.start_offset_minutes)
        end = run - timedelta(minutes=arguments.end_offset_minutes)
        if not start < end <= run:
            raise DataError(
                f"--start-offset-minutes must be more than --end-offset-minutes, and that at least 0, "
                f"got: {arguments.start_offset_minutes} and {arguments.end_offset_minutes}"
            )
        return Window(start, end, run)

    def has(self, moment: datetime) -> bool:
        """Is a time within the window?"""
        return self.start <= moment < self.end

    def hours(self) -> list[datetime]:
        """Hours that together are the window; each belongs to one run only, even where runs start within hours."""
        return hours_between(floor(self.start), floor(self.end))

    def label_hours(self) -> list[datetime]:
        """Hours in which labels of the window can have come."""
        return hours_between(floor(self.start), floor(self.run) + HOUR)

    def capture_hours(self) -> list[datetime]:
        """Hours of files that can hold requests of the window: a file is begun before its last request is there."""
        return hours_between(floor(self.start) - HOUR, floor(self.end) + HOUR)


def time_of(text: str | None) -> datetime | None:
    """A time in ISO 8601, in UTC unless it says otherwise."""
    try:
        # Python 3.9 does not know the letter for UTC.
        moment = datetime.fromisoformat(str(text).strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def floor(moment: datetime) -> datetime:
    """The hour that a time is in."""
    return moment.astimezone(timezone.utc).replace(minute=0, second=0, microsecond=0)


def hours_between(first: datetime, end: datetime) -> list[datetime]:
    """Hours from the first to just before the end."""
    return [first + HOUR * count for count in range(int((end - first) / HOUR))]


def folder_name(hour: datetime) -> str:
    """The folder of an hour."""
    return hour.strftime("%Y/%m/%d/%H")
