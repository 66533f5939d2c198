"""HTTP in, the same way for every service: conventions of the Belgif guide, problems, roles, the API's document."""

from shared.platform.calls.auth import Principal, Role
from shared.platform.calls.models import ApiModel, Health
from shared.platform.http.application import create_api, finish_api
from shared.platform.http.problems import (
    BadGateway,
    Conflict,
    InvalidInput,
    Issue,
    MethodNotAllowed,
    MissingPermission,
    NotFound,
    PayloadTooLarge,
    Problem,
    ServiceUnavailable,
    UnsupportedMediaType,
)
from shared.platform.http.routing import ApiRoute, ApiRouter, public
from shared.platform.http.security import require

__all__ = [
    "ApiModel",
    "ApiRoute",
    "ApiRouter",
    "BadGateway",
    "Conflict",
    "Health",
    "InvalidInput",
    "Issue",
    "MethodNotAllowed",
    "MissingPermission",
    "NotFound",
    "PayloadTooLarge",
    "Principal",
    "Problem",
    "Role",
    "ServiceUnavailable",
    "UnsupportedMediaType",
    "create_api",
    "finish_api",
    "public",
    "require",
]
