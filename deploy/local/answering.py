"""See from outside whether something answers."""

from __future__ import annotations

import http.client
import socket


def port_answers(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether somebody listens on this port."""
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def health_answers(port: int, *, host: str = "127.0.0.1") -> bool:
    """Tell whether a service says over HTTP that it is well."""
    connection = http.client.HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
