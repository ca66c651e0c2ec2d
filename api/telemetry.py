"""Where do traces go? From request over case to activity to an OTLP collector, if one is named; nowhere by default.

What leaves the process is what `KEPT` names. Messages of exceptions, which may carry patient data, never do.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status, Tracer
from opentelemetry.util.types import Attributes
from temporalio.client import Interceptor
from temporalio.contrib.opentelemetry import TracingInterceptor

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
KEPT = frozenset(
    {
        "temporalWorkflowID",
        "temporalRunID",
        "temporalActivityID",
        "temporalActivityType",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "request.id",
        "exception.type",
    }
)
"""Attributes that leave the process: ids of ours, kinds and routes."""


class Discreet(SpanExporter):
    """Lets of every span only its shape go on: names, times, kept attributes, kinds of exceptions."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send the shapes of spans."""
        return self._exporter.export([_shape(span) for span in spans])

    def shutdown(self) -> None:
        """Send what is left, and end."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what is left."""
        return self._exporter.force_flush(timeout_millis)


@contextmanager
def tracing(environment: Mapping[str, str], service: str) -> Iterator[Tracer | None]:
    """Open the traces of a process named `service` until the block ends; None when no collector is named."""
    endpoint = environment.get(ENDPOINT, "")
    if not endpoint:
        yield None
        return
    provider = TracerProvider(resource=Resource.create({"service.name": service}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(Discreet(exporter)))
    try:
        yield provider.get_tracer("referral-pathways")
    finally:
        provider.shutdown()


def interceptors(tracer: Tracer | None) -> Sequence[Interceptor]:
    """Give what makes a Temporal client, and the worker that uses it, take part in the traces."""
    return () if tracer is None else (TracingInterceptor(tracer),)


def _shape(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_kept(span.attributes),
        events=[Event(event.name, _kept(event.attributes), event.timestamp) for event in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _kept(attributes: Attributes) -> Attributes:
    return {name: value for name, value in (attributes or {}).items() if name in KEPT}
