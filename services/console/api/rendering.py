"""Turns a template and its values into a page that runs no script and is kept by no cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from services.console.domain import presentation
from services.console.domain.words import LANGUAGES, choose_language, words_of

LANGUAGE_COOKIE: Final = "auxilia_language"
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(
    label=presentation.label, shown=presentation.shown, facts=presentation.facts, lists=presentation.lists
)


def language_of(request: Request) -> str:
    """Return the language a page is shown in."""
    wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return choose_language(wanted, request.headers.get("accept-language"))


def render(request: Request, template: str, *, status: int, person: str | None = None, **values: Any) -> Response:
    """Return a page in the reader's language."""
    language = language_of(request)
    html = _environment.get_template(template).render(
        words=words_of(language),
        language=language,
        languages=LANGUAGES,
        path=request.url.path,
        person=person,
        **values,
    )
    response = HTMLResponse(html, status_code=status, headers=_HEADERS)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, samesite="lax", httponly=True, path="/")
    return response
