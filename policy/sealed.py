"""What still leaves of a case that was made for the wrong patient? That it was an error, and word to its officers."""

from collections.abc import Mapping
from typing import Any

SEALED = "wrong_patient"
"""Why nothing else leaves."""

OFFICERS = ("privacy_officer", "safety_officer")
"""Roles that are told of such a case."""

RETRACTIONS = frozenset({"referral.cancelled"})
"""Messages by which a service hears that what it was sent counts no more."""

RETRACTED: Mapping[str, Any] = {"reason": "entered-in-error"}
"""What such a message says: nothing of the patient."""

NUMBERS = ("referral_id", "order_id")
"""What it carries besides: the numbers under which the service has it."""
