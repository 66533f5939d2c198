"""Who may do what: every route states its roles, and a route that does not is refused at start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from shared.platform.calls.auth import Principal, Role
from shared.platform.http.problems import MissingPermission, NoAccessToken


class RoleCheck:
    """A dependency that gives the caller, or refuses it; its roles are also shown in the OpenAPI document."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        known = {str(role) for role in Role}
        unknown = [role for role in roles if role not in known]
        if unknown:
            raise ValueError(f"unknown roles: {', '.join(unknown)}")
        self.roles = tuple(str(role) for role in roles)

    async def __call__(self, request: Request) -> Principal:
        """Return the authenticated caller.

        Raises:
            NoAccessToken: nobody was authenticated.
            MissingPermission: the caller has none of the roles.
        """
        principal = request.scope.get("auxilia.principal")
        if not isinstance(principal, Principal):
            raise NoAccessToken
        if self.roles and not principal.has_any(*self.roles):
            raise MissingPermission(detail=f"One of these roles is needed: {', '.join(self.roles)}.")
        return principal


def require(*roles: str) -> Callable[..., Any]:
    """Return the dependency that lets in callers with at least one of the roles; without roles, any known caller.

    Use it as ``principal: Principal = Depends(require("teamLead", "service"))``.
    """
    return RoleCheck(roles)
