"""Which pinned dependencies have known vulnerabilities? `make audit`, and CI, ask pip-audit and read what it says.

A vulnerability fails. What the service does not know was not audited: that fails too, unless `--where-told` is given,
as in CI, for machines that reach no such service; then it is only said.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PINNED = Path(__file__).parents[1] / "requirements.lock"
WELL, FAILED = 0, 1


def main(program: str, *options: str) -> int:
    """Run pip-audit over what is pinned, print what matters, give the exit status."""
    lines, status = judged(_asked(program), where_told="--where-told" in options)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return status


def _asked(program: str) -> Sequence[Mapping[str, Any]]:
    command = [program, "--require-hashes", "--disable-pip", "--format", "json", "--requirement", str(PINNED)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        sys.stderr.write(f"{program} is not installed: can pip reach a package index from here?\n")
        return ()
    try:
        found: Sequence[Mapping[str, Any]] = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        sys.stderr.write(ran.stderr)
        return ()
    return found


def judged(found: Sequence[Mapping[str, Any]], *, where_told: bool) -> tuple[list[str], int]:
    """Give what to say of pip-audit's `dependencies`, and the exit status."""
    known = [each for each in found if "vulns" in each]
    vulnerable = [f"{each['name']} {each['version']}: {_told(one)}" for each in known for one in each["vulns"]]
    unknown = sorted(str(each["name"]) for each in found if "vulns" not in each)
    said = f"{len(known)} dependencies audited, {len(vulnerable)} known vulnerabilities."
    not_asked = f"NOT audited, for the service does not know them or cannot be reached from here: {', '.join(unknown)}."
    lines = [*vulnerable, said, *([not_asked] if unknown else [])] if found else ["NOTHING was audited."]
    is_well = not vulnerable and (where_told or (bool(found) and not unknown))
    return lines, WELL if is_well else FAILED


def _told(vulnerability: Mapping[str, Any]) -> str:
    mended = ", ".join(vulnerability.get("fix_versions") or ()) or "no version yet"
    return f"{vulnerability['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
