"""Pages for the people who work with the fund, and the small API every service has."""

from services.console.api.application import console_api

__all__ = ["console_api"]
