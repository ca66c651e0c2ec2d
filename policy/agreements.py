"""Do two organisations have an agreement to share this, today? Agreements stand in the directory of services.

A directory without the key `agreements` keeps none, and none is asked for; with it (also empty), nothing leaves for
another organisation without one.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

ANY = "*"


class Agreement(BaseModel):
    """One agreement: from whom, to whom (organisation or service, `*`: any), for which data classes, until when."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    from_: str = Field(default=ANY, alias="from")
    to: str
    classes: tuple[str, ...] | Literal["all"] = "all"
    until: date | None = None


def agreed(
    agreements: Sequence[Agreement] | None, *, sender: str, recipients: Sequence[str], on: date
) -> frozenset[str] | Literal["all"] | None:
    """Give the data classes that may go from the sender to one of the recipient's names on this day; None: nothing.

    The last day of an agreement counts.
    """
    if agreements is None:
        return "all"
    valid = [each for each in agreements if _holds(each, sender, recipients, on)]
    if any(each.classes == "all" for each in valid):
        return "all"
    classes = frozenset(name for each in valid for name in each.classes)
    return classes or None


def _holds(agreement: Agreement, sender: str, recipients: Sequence[str], on: date) -> bool:
    between = agreement.from_ in (ANY, sender) and (agreement.to == ANY or agreement.to in recipients)
    return between and (agreement.until is None or on <= agreement.until)
