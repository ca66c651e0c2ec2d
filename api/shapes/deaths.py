"""How is it shown what came of taking back that a patient has died?"""

from api.shapes.base import Shape


class AliveView(Shape):
    """A patient who has not died. `running`, `ended`: those of your cases that a person has to look at.

    `ended`: since the death was told; what is still needed of them has to be referred again.
    """

    patient_id: str
    running: list[str]
    ended: list[str]
