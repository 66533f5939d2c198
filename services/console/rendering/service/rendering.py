"""Turns a template and its values into a page that runs no script and is kept by no cache."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from opentelemetry import trace
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.console.rendering.rules import presentation
from services.console.rendering.rules.presentation import Speech
from services.console.rendering.rules.progress import run_bar
from services.console.rendering.rules.words import LANGUAGES, choose_language, words_of

LANGUAGE_COOKIE: Final = "auxilia_language"
#: ``same-origin`` and not ``no-referrer``: under the latter browsers hide the origin of our own forms too.
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
#: Addresses that take a form and can be opened without one as well.
_SHOWN_BY_GET: Final = re.compile(r"/dossiers/[^/]+(?:/outlook)?")
#: Each group of the menu with its pages, the first of which is where the group begins.
Menu = Mapping[str, tuple[str, ...]]
_CONSOLE: Final = Path(__file__).parents[2]
#: What pages load besides themselves.
STATIC: Final = _CONSOLE / "rendering" / "static"

_environment = Environment(
    # Every working place has its own templates; no name stands in two of them.
    loader=FileSystemLoader(sorted(_CONSOLE.glob("*/templates"))),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(
    facts=presentation.facts,
    lists=presentation.lists,
    columns=presentation.columns,
    is_hidden=presentation.is_hidden,
    is_code=presentation.is_code,
    tone=presentation.tone,
    is_late=presentation.is_late,
    run_bar=run_bar,
    languages=LANGUAGES,
)


def language_of(request: Request) -> str:
    """Return the language a page is shown in."""
    wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return choose_language(wanted, request.headers.get("accept-language"))


def render(request: Request, template: str, *, status: int, **values: Any) -> Response:
    """Return a page in the reader's language, with the menu the application was put together with."""
    menu: Menu = request.app.state.menu
    language = language_of(request)
    words = words_of(language)
    speech = Speech(words)
    html = _environment.get_template(template).render(
        {
            "person": None,
            "today": None,
            "played": False,
            "t": words.interface,
            "label": speech.label,
            "shown": speech.shown,
            "language": language,
            "path": request.url.path,
            "menu": menu,
            "group": _group(menu, request.url.path),
            "entered": None,
            "language_links": [(code, _in_language(request, code)) for code in LANGUAGES],
            "done": request.query_params.get("done") == "1",
            "trace_id": trace_id(),
            **values,
        }
    )
    response = HTMLResponse(html, status_code=status, headers=SECURITY_HEADERS)
    response.headers["Content-Language"] = language
    if request.query_params.get("lang") in LANGUAGES:
        secure = request.url.scheme == "https"
        response.set_cookie(LANGUAGE_COOKIE, language, samesite="lax", httponly=True, secure=secure, path="/")
    return response


def _group(menu: Menu, path: str) -> str:
    """Return the group of the menu a page belongs to, empty for the first page and for dossiers."""
    page = path.split("/")[1]
    return next((group for group, pages in menu.items() if page in pages), "")


def trace_id() -> str:
    """Return the trace this page belongs to, empty when nothing is traced."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""


def _in_language(request: Request, code: str) -> str:
    """Return where the same page is in another language; what a form led to is left for its own page or the first."""
    if request.method not in {"GET", "HEAD"} and not _SHOWN_BY_GET.fullmatch(request.url.path):
        return f"/?lang={code}"
    kept = [(name, value) for name, value in request.query_params.multi_items() if name not in {"lang", "done"}]
    return f"{request.url.path}?{urlencode([*kept, ('lang', code)])}"
