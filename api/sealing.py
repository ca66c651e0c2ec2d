"""Which headers does every answer carry, so that a browser and a cache do nothing with it that they should not?"""

from collections.abc import Iterable
from urllib.parse import urlsplit

Header = tuple[bytes, bytes]

CLOSED = b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""An answer is data: nothing of it runs, loads or is framed. Pages of ours say for themselves what they need."""

DOCUMENTATION = (
    b"default-src 'none'; connect-src 'self'; script-src https://cdn.jsdelivr.net 'unsafe-inline'; "
    b"style-src https://cdn.jsdelivr.net https://fonts.googleapis.com 'unsafe-inline'; worker-src blob:; "
    b"font-src https://fonts.gstatic.com; img-src data: https://fastapi.tiangolo.com https://cdn.redoc.ly; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What FastAPI's pages about the interface load. They show no case."""

DOCUMENTATION_PATHS = ("/docs", "/redoc")
SEALS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
SECURE_ONLY: Header = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def sealed(present: Iterable[Header], *, path: str, base_url: str) -> list[Header]:
    """Give an answer's headers with the seals that it does not set itself; `base_url`: where this API is reached."""
    given = list(present)
    names = {name.lower() for name, _ in given}
    policy = DOCUMENTATION if path in DOCUMENTATION_PATHS else CLOSED
    secure = (SECURE_ONLY,) if urlsplit(base_url).scheme == "https" else ()
    wanted = (*SEALS, (b"content-security-policy", policy), *secure)
    return [*given, *(each for each in wanted if each[0] not in names)]
