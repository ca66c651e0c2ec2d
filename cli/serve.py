"""`pathways worker` and `pathways api`: the two processes of an installation.

Their modules are imported when they run: `pathways check` must not wait for a web framework.
"""

import os


def worker() -> None:
    """Run the Temporal worker until it is told to stop."""
    from worker import main

    main()


def api() -> None:
    """Run the HTTP API until it is told to stop."""
    import uvicorn

    from api.logs import write_logs
    from api.main import build
    from api.settings import api_settings_from
    from workflows.host.settings import SettingsError

    write_logs()
    try:
        api_settings_from(os.environ)
    except SettingsError as error:
        raise SystemExit(f"The API does not start. {error}") from error
    host = os.environ.get("PATHWAYS_API_HOST", "127.0.0.1")
    port = int(os.environ.get("PATHWAYS_API_PORT", "8000"))
    uvicorn.run(build, factory=True, host=host, port=port, log_config=None, access_log=False)
