"""How grave is a rung of an escalation ladder, and from which one on is a case stuck? The same for all who say it."""

LEVELS = {"contact": 1, "reminder": 1, "result": 1, "phone_task": 2, "breach": 2, "escalation": 3, "incident": 4}
"""By the level of a rung: the number that the search attribute and the lists show."""

STUCK_LEVELS = frozenset({"breach", "escalation", "incident"})
"""Once such a rung has fired, the case is stuck until the step is done."""
