"""What is seen of every request? How long it took, one line in the log, and a span; by its route, never its address."""

import time

import structlog
from opentelemetry.propagate import extract
from opentelemetry.trace import NoOpTracer, Span, SpanKind, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Requests

logger = structlog.get_logger(__name__)
NOWHERE, OTHER = "none", "other"
"""The route of a request that has none, and a method that HTTP has not: what a caller made up must not be a label."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """Measures, logs and traces every request."""

    def __init__(self, app: ASGIApp, requests: Requests, tracer: Tracer | None = None) -> None:
        self._app = app
        self._requests = requests
        self._tracer = tracer or NoOpTracer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through and see what comes of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        begun = time.perf_counter()
        with self._tracer.start_as_current_span(
            _method(scope), context=extract(headers), kind=SpanKind.SERVER, record_exception=False
        ) as span:
            try:
                await self._app(scope, receive, sending)
            finally:
                self._seen(scope, span, status=status, seconds=time.perf_counter() - begun)

    def _seen(self, scope: Scope, span: Span, *, status: int, seconds: float) -> None:
        method, route = _method(scope), getattr(scope.get("route"), "path", NOWHERE)
        request_id = scope.get("state", {}).get("request_id", "")
        self._requests.seconds.labels(method, route, str(status)).observe(seconds)
        span.update_name(f"{method} {route}")
        span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "request.id": request_id,
            }
        )
        level = logger.debug if route.startswith("/health") else logger.info
        level("request", method=method, route=route, status=status, seconds=round(seconds, 4), request_id=request_id)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else OTHER
