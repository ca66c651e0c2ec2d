"""Which build of the engine runs a case? With pinned builds the one on which its history began (docs/upgrades.md).

Without `PATHWAYS_DEPLOYMENT` there are no builds: whichever worker polls runs the case.
"""

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import WorkerDeploymentConfig

DEPLOYMENT = "PATHWAYS_DEPLOYMENT"
BUILD = "PATHWAYS_BUILD_ID"

_ROOT = Path(__file__).parents[2]
_ENGINE = ("pathways", "workflows")
"""What a replay depends on: the definition and its expressions, the engine, the host."""


def deployment_from(environment: Mapping[str, str]) -> WorkerDeploymentConfig | None:
    """Give under which deployment and build a worker polls; None when builds are not pinned."""
    name = environment.get(DEPLOYMENT, "")
    return pinned(name, environment.get(BUILD) or build_id()) if name else None


def pinned(deployment: str, build: str) -> WorkerDeploymentConfig:
    """Give the configuration of a worker whose cases stay on its build until they leave their history."""
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment, build),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )


def build_id() -> str:
    """Name this build: the version of the package and what its engine's code is, so that no change is overlooked."""
    digest = hashlib.sha256()
    for path in sorted(path for package in _ENGINE for path in (_ROOT / package).rglob("*.py")):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return f"{version('referral-pathways')}-{digest.hexdigest()[:12]}"
