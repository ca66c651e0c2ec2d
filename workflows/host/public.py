"""Which text may an administrator read in clear? Text that the program wrote, with no patient data in it."""


class PublicText(str):
    """A timeline label, summary or detail that the payload codec leaves readable in the Temporal UI.

    Only pathway names, element names and ids go in; never a variable of a case.
    """

    __slots__ = ()

    SUMMARY_BYTES = 400

    @classmethod
    def label(cls, text: str) -> "PublicText":
        """Cut `text` to one line of at most 400 bytes, the server's limit for a summary."""
        line = " ".join(text.split()).encode()[: cls.SUMMARY_BYTES]
        return cls(line.decode(errors="ignore"))
