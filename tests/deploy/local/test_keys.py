"""Secrets are drawn once, kept private, and differ between instances."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from deploy.local.keys import CLIENTS, PARTNERS, SERVICES, Keys
from shared.platform.calls.auth import Role, read_private_key
from shared.platform.settings import parse_payload_keys


def contents(folder: Path) -> dict[str, bytes]:
    """Read every secret."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_secrets_are_drawn_once(tmp_path: Path) -> None:
    """Data depends on them: a second start draws nothing anew, a missing one is added."""
    keys = Keys(tmp_path / "secrets")
    keys.ensure()
    first = contents(keys.folder)
    (keys.folder / "payload-keys").unlink()
    keys.ensure()
    second = contents(keys.folder)
    assert first.keys() == second.keys()
    assert {name for name in first if first[name] != second[name]} == {"payload-keys"}


def test_secrets_are_private(tmp_path: Path) -> None:
    """Nobody else on the machine reads them."""
    keys = Keys(tmp_path / "secrets")
    keys.ensure()
    assert stat.S_IMODE(keys.folder.stat().st_mode) == 0o700
    modes = {stat.S_IMODE(path.stat().st_mode) for path in keys.folder.rglob("*") if path.is_file()}
    assert modes == {0o600}


def test_two_instances_share_no_secret(tmp_path: Path) -> None:
    """What leaks from one opens nothing in the other."""
    one, two = Keys(tmp_path / "one"), Keys(tmp_path / "two")
    one.ensure()
    two.ensure()
    assert not set(contents(one.folder).values()) & set(contents(two.folder).values())


def test_the_platform_reads_what_is_drawn(tmp_path: Path) -> None:
    """Payload keys and client keys have the form the services expect."""
    keys = Keys(tmp_path)
    keys.ensure()
    assert [len(key) for key in parse_payload_keys(keys.payload_keys()).values()] == [32]
    roles = {role.value for role in Role}
    for client, expected in CLIENTS.items():
        private = read_private_key(keys.client_key_file(client))
        public = json.loads((keys.clients_folder / f"{client}.json").read_text())
        assert private.kid == public["kid"]
        assert "d" not in public
        assert set(public["roles"]) == set(expected) <= roles


def test_a_service_has_no_other_keys_beside_its_own(tmp_path: Path) -> None:
    """The sandbox is handed the partners' keys as a folder, so nobody else's may lie in it."""
    keys = Keys(tmp_path)
    keys.ensure()
    assert {path.stem for path in keys.partners_folder.iterdir()} == set(PARTNERS)
    assert {keys.client_key_file(service).parent.name for service in SERVICES} == {"clients"}
