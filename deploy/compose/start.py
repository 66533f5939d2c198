"""Start one of our containers with what it was handed.

python -m deploy.compose.start MODULE [ARGUMENTS]
"""

from __future__ import annotations

import json
import os
import sys

from deploy.compose.places import ENVIRONMENT_FILE, OWN_SECRETS


def main() -> None:
    """Become the module, with the environment of this container."""
    module, *arguments = sys.argv[1:]
    os.environ.update(json.loads((OWN_SECRETS / ENVIRONMENT_FILE).read_text(encoding="utf-8")))
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - replaces this process


if __name__ == "__main__":
    main()
