"""What signing in brings to the console."""

from __future__ import annotations

from typing import Final

from services.console.sign_in.pages import sign_in_routes
from services.console.visits.service.places import WorkingPlace

SUBJECT: Final = WorkingPlace(name="sign_in", open_routes=sign_in_routes)
