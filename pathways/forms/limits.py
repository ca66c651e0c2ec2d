"""How large may a form and its answers be? Every bound of forms, in one place."""

MAX_COMPONENTS = 2_000
"""Components of one form, at every depth together."""

MAX_DEPTH = 20
"""Groups and lists inside one another."""

MAX_FINDINGS = 200
"""Findings told about one form; the first ones name the cause."""

MAX_VALUES = 10_000
"""Values of one submission, those inside lists and objects counted."""

MAX_DEPTH_OF_VALUES = 40
"""Lists and objects inside one another in one submission."""

MAX_TEXT = 100_000
"""Characters of one answer."""

MAX_ALL_TEXT = 1_000_000
"""Characters of one submission."""

MAX_DIGITS = 300
"""Digits before or after the point of one number."""

MAX_PASSES = 50
"""How often what is shown is decided again, when fields decide about fields that decide about fields."""

MAX_EVALUATIONS = 20_000
"""FEEL expressions evaluated for one submission; `pathways.feel.limits` bounds each."""

MAX_SECONDS = 3.0
"""Processor time for one submission. Forms are never read inside a workflow, so this bound need not be a count."""

MAX_PROGRAM = 5_000
"""Instructions of one compiled pattern."""

MAX_PATTERN = 2_000
"""Characters of one pattern."""

MAX_PATTERN_DEPTH = 30
"""Groups inside one another in a pattern."""

MAX_PATTERN_STEPS = 200_000
"""Steps taken to look for one pattern in one answer."""
