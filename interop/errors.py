"""What went wrong with a document from outside?

InteropError    the document cannot become (or was not made from) a referral; the sender can correct it
"""


class InteropError(Exception):
    """A document from outside is refused: says what is wrong, where, and what the sender should do.

    `where` is a position in the document: a JSON path (`Bundle.entry[2].resource.priority`), an HL7 v2
    field (`hl7v2 ORC-2`) or a C-CDA element with its line. The message never quotes patient data.
    """

    def __init__(self, what: str, *, where: str, remedy: str) -> None:
        super().__init__(f"{where}: {what}. {remedy}")
        self.what = what
        self.where = where
        self.remedy = remedy
