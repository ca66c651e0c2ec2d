"""Does the engine do what BPMN 2.0.2 says? Cases with the sentence of the standard that decides each.

`bpmn.md` in a reason is the design's page on where the standard leaves room: docs/decisions 0005, 0006 and 0014.
"""
