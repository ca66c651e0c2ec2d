"""How is base64 content of a JSON document read?"""

import binascii

from interop.node import Node


def decode_base64(node: Node) -> bytes:
    """The bytes of a base64 text; line breaks and blanks inside are allowed (RFC 2045 §6.8).

    Raises:
        InteropError: the text is not base64.
    """
    try:
        return binascii.a2b_base64("".join(node.required_text().split()).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise node.fail("is not base64", "Encode the content in base64.") from error
