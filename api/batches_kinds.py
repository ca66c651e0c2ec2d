"""Which kinds of batches are there? One line per kind; what each does is in the module that makes it."""

from collections.abc import Mapping

from api import dead_letters_many, migrating, modifying, remedies
from api.batches import Kind

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (*remedies.KINDS, *modifying.KINDS, *migrating.KINDS, *dead_letters_many.KINDS)
}
