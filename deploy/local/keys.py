"""The keys and passwords of one instance: drawn once, readable by its user only, never printed."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from joserfc.jwk import OKPKey

from deploy.local.state import write_whole

SERVICES = ("affiliation", "billing", "recovery", "benefits", "console", "sandbox")
# Every client of the local issuer owns a key and gets exactly these roles: services, the people of an invented fund,
# and the partners whose twins the sandbox plays.
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "affiliation-agent": ("affiliationAgent",),
    "collections-agent": ("collectionsAgent",),
    "benefits-agent": ("benefitsAgent",),
    "finance-officer": ("finance",),
    "team-lead": ("teamLead",),
    "deputy-lead": ("teamLead",),
    "auditor": ("auditor",),
    "operator": ("operator",),
}
PARTNERS = ("mutuality", "bailiff", "post", "bank")
OPERATOR = "operator"
CLIENTS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(SERVICES, ("service",)),
    **PEOPLE,
    **dict.fromkeys(PARTNERS, ("partner",)),
}


class Keys:
    """The secrets of one instance, made on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ensure(self) -> None:
        """Draw whatever is not there yet; what is there is never replaced, for data depends on it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        services = [f"{service}.{role}" for service in SERVICES for role in ("owner", "runtime")]
        for name in ("postgres", "temporal", *services):
            self._ensure_text(f"database/{name}.password", secrets.token_urlsafe(24))
        first_key = base64.b64encode(secrets.token_bytes(32)).decode()
        self._ensure_text("payload-keys", f"key1:{first_key}")
        self._ensure_key_pair(self.issuer_key_file, self.folder / "issuer-public.json", roles=())
        for client, roles in CLIENTS.items():
            self._ensure_key_pair(self.client_key_file(client), self.clients_folder / f"{client}.json", roles=roles)

    def database_password(self, name: str) -> str:
        """Give the password of `postgres` or of `<service>.owner` or `<service>.runtime`."""
        return self._text(f"database/{name}.password")

    def payload_keys(self) -> str:
        """Give the keys that encrypt Temporal payloads: `id:base64`, comma separated, the first one encrypts."""
        return self._text("payload-keys")

    @property
    def outside_file(self) -> Path:
        """Give the file that keeps the addresses of servers others run."""
        return self.folder / "outside.json"

    @property
    def issuer_key_file(self) -> Path:
        """Give the local token issuer's private key (Ed25519, JWK with `kid`)."""
        return self.folder / "issuer.json"

    @property
    def clients_folder(self) -> Path:
        """Give the folder with the public key (`<client>.json`, JWK with `roles`) of every client of the issuer."""
        return self.folder / "clients-public"

    @property
    def partners_folder(self) -> Path:
        """Give the folder with the partners' private keys, with which their twins in the sandbox call back."""
        return self.folder / "partners"

    def client_key_file(self, client: str) -> Path:
        """Give a client's private key file (Ed25519, JWK with `kid`)."""
        folder = self.partners_folder if client in PARTNERS else self.folder / "clients"
        return folder / f"{client}.json"

    def _text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8").strip()

    def _ensure_text(self, name: str, value: str) -> None:
        path = self.folder / name
        if not path.exists():
            write_whole(path, value + "\n", mode=0o600)

    def _ensure_key_pair(self, private_file: Path, public_file: Path, *, roles: Sequence[str]) -> None:
        if private_file.exists() and public_file.exists():
            return
        key = OKPKey.generate_key("Ed25519", {"use": "sig"}, private=True, auto_kid=True)
        # The public half comes last: a pair that was interrupted is drawn again, nothing was signed with it yet.
        write_whole(private_file, json.dumps(key.as_dict(private=True)) + "\n", mode=0o600)
        write_whole(public_file, json.dumps({**key.as_dict(private=False), "roles": list(roles)}) + "\n", mode=0o600)
