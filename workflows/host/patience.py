"""How long does the host wait for an activity, and how often does it try again? Headers of the task may say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError

TIMEOUT = "timeout"
BACKOFF = "backoff"
"""Task headers, ISO 8601 durations: how long one try may take, and the pause before the second try."""

_SPAN = TypeAdapter(timedelta)


@dataclass(frozen=True, slots=True)
class Patience:
    """One try may take `timeout`; pauses between tries double up to one minute."""

    timeout: timedelta
    retry: RetryPolicy


def patience(timeout: timedelta, backoff: timedelta, attempts: int) -> Patience:
    """Give a retry policy that doubles `backoff` up to a minute; `attempts` 0 means without end."""
    longest = max(backoff, timedelta(minutes=1))
    return Patience(timeout, RetryPolicy(backoff, maximum_interval=longest, maximum_attempts=attempts))


def patience_of(headers: Mapping[str, str], attempts: int) -> Patience:
    """Read the headers of a service task.

    Raises:
        ApplicationError: a header is not an ISO 8601 duration.
    """
    timeout = _duration(headers, TIMEOUT, timedelta(seconds=30))
    return patience(timeout, _duration(headers, BACKOFF, timedelta(seconds=1)), attempts)


MESSAGE = patience(timedelta(seconds=30), timedelta(seconds=1), attempts=0)
"""A message that was thrown must not be lost."""

SIGNAL = patience(timedelta(minutes=5), timedelta(seconds=1), attempts=0)
"""A signal reaches everyone who waited for it, however many they are and however long one of them does not answer."""

NOTIFICATION = patience(timedelta(seconds=30), timedelta(seconds=1), attempts=20)
"""About a quarter of an hour: telling people later than that is the next rung's task."""


def _duration(headers: Mapping[str, str], name: str, default: timedelta) -> timedelta:
    if name not in headers:
        return default
    try:
        value: timedelta = _SPAN.validate_python(headers[name])
    except ValidationError as error:
        raise ApplicationError(f"header is not an ISO 8601 duration: {headers[name]}", type=f"header {name}") from error
    return value
