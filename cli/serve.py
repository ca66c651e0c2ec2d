"""`pathways worker` and `pathways api`: the two processes of an installation."""

import os

import uvicorn
from api.main import build

import worker as worker_root


def worker() -> None:
    """Run the Temporal worker until it is told to stop."""
    worker_root.main()


def api() -> None:
    """Run the HTTP API until it is told to stop."""
    host = os.environ.get("PATHWAYS_API_HOST", "127.0.0.1")
    port = int(os.environ.get("PATHWAYS_API_PORT", "8000"))
    uvicorn.run(build(), host=host, port=port, log_level="warning", access_log=False)
