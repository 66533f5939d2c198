"""Say whether the service in this container is well: code 0 or 1."""

from __future__ import annotations

import sys

from deploy.compose.places import PORT
from deploy.local.answering import health_answers

if __name__ == "__main__":
    sys.exit(0 if health_answers(PORT) else 1)
