"""What does docs/forms.md show? `python -m pathways.forms` prints the table of components and properties."""

from pathways.forms.components import table

print(table())
