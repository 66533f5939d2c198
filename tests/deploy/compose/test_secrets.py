"""Each container is handed its own secrets, and a second start hands out the same ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.compose.places import ENVIRONMENT_FILE, OWN_SECRETS
from deploy.compose.secrets import hand_out
from deploy.local.keys import PARTNERS, PEOPLE, SERVICES
from shared.platform.settings import PlatformSettings

CHOICES = {"AUXILIA_PLAYED": "true", "AUXILIA_FUND_FILE": "/opt/auxilia/samples/fund.yaml"}
OPENED_BY_ALL = {"payload-keys"}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder where everything is kept, after a first handing out."""
    hand_out(tmp_path / "kept", tmp_path / "readers", choices=CHOICES, owner=None)
    return tmp_path / "kept"


def told(kept: Path, reader: str) -> dict[str, str]:
    """Read what a container is told."""
    content: dict[str, str] = json.loads((kept.parent / "readers" / reader / ENVIRONMENT_FILE).read_text())
    return content


def everything(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_no_service_is_handed_the_secret_of_another(kept: Path) -> None:
    """Passwords and private keys of others are in nobody's folder; only the payload keys are common."""
    secrets = {name: content.strip() for name, content in everything(kept).items() if "public" not in name}
    for service in SERVICES:
        seen = b"\n".join(everything(kept.parent / "readers" / service).values())
        opened = {name for name, content in secrets.items() if content in seen}
        own = {f"database/{service}.runtime.password", f"clients/{service}.json"}
        if service == "sandbox":
            own |= {"issuer.json", *(f"partners/{partner}.json" for partner in PARTNERS)}
        assert opened == own | OPENED_BY_ALL


def test_only_the_migrations_hold_the_owners_and_the_administrator(kept: Path) -> None:
    """Services can't change their own tables; the container that can ends before they start."""
    migrate = told(kept, "migrate")
    assert migrate["AUXILIA_DATABASE_URL"].startswith("postgresql://postgres:")
    for service in SERVICES:
        variable = f"{service.upper()}_OWNER_DATABASE_URL"
        assert migrate[variable].startswith(f"postgresql://{service}_owner:")
        assert variable not in told(kept, service)
        assert "AUXILIA_DATABASE_URL" not in told(kept, service)


def test_the_demo_is_handed_the_people_only(kept: Path) -> None:
    """It does what people do, with their keys, and enters no database."""
    people = kept.parent / "readers" / "people"
    assert {path.stem for path in (people / "clients").iterdir()} == set(PEOPLE)
    assert not [name for name in told(kept, "people") if name.endswith("DATABASE_URL")]


def test_a_second_start_hands_out_the_same(kept: Path) -> None:
    """Data depends on them; and what nobody reads any more disappears."""
    readers = kept.parent / "readers"
    before = everything(readers)
    (readers / "billing").chmod(0o700)
    (readers / "billing" / "left-over").write_text("old")
    hand_out(kept, readers, choices=CHOICES, owner=None)
    assert everything(readers) == before


def test_files_are_read_by_their_owner_only(kept: Path) -> None:
    """Except the two passwords that images of others read with users of their own."""
    for path in (kept.parent / "readers").rglob("*"):
        if path.is_file() and path.parent.name not in {"postgres", "temporal"}:
            assert path.stat().st_mode & 0o377 == 0, path


def test_the_platform_understands_what_is_told(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables have the names and forms the services read."""
    for name, value in told(kept, "billing").items():
        monkeypatch.setenv(name, value)
    settings = PlatformSettings()
    assert settings.played is True
    assert settings.kafka_bootstrap == "kafka:9092"
    assert settings.temporal_address == "temporal:7233"
    assert settings.issuer_url == settings.sandbox_url == "http://sandbox:8080"
    assert settings.otlp_endpoint == "http://collector:4318"
    assert len(settings.payload_key_ring()) == 1
    assert str(OWN_SECRETS / "client-key.json") == told(kept, "billing")["BILLING_CLIENT_KEY_FILE"]
