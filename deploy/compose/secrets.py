"""Draw the secrets of the composed system once, and hand each container its own.

Runs as the first container, with one volume per reader mounted under the folder given on the command line, and a volume
of its own where everything is kept:

    python -m deploy.compose.secrets KEPT READERS
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from deploy.compose.places import ENVIRONMENT_FILE, migration_environment, service_environment, shared_environment
from deploy.local.keys import PEOPLE, SERVICES, Keys
from deploy.local.state import write_whole

# The user our own image runs as.
OUR_USER = 10001
CHOSEN_BY_THE_USER = ("AUXILIA_PLAYED", "AUXILIA_FUND_FILE", "AUXILIA_SCENARIO_FILE", "AUXILIA_LOG_LEVEL")


def hand_out(kept: Path, readers: Path, *, choices: Mapping[str, str], owner: int | None = OUR_USER) -> None:
    """Draw what is not there yet and write each reader's folder anew. `owner` None leaves the present user's."""
    keys = Keys(kept)
    keys.ensure()
    for service in SERVICES:
        folder = _emptied(readers / service)
        write_whole(folder / ENVIRONMENT_FILE, json.dumps(service_environment(keys, service, choices=choices)))
        shutil.copyfile(keys.client_key_file(service), folder / "client-key.json")
        if service == "sandbox":
            shutil.copyfile(keys.issuer_key_file, folder / "issuer.json")
            shutil.copytree(keys.clients_folder, folder / "clients-public")
            shutil.copytree(keys.partners_folder, folder / "partners")
        _give(folder, owner)
    migrate = _emptied(readers / "migrate")
    write_whole(migrate / ENVIRONMENT_FILE, json.dumps(migration_environment(keys, choices=choices)))
    _give(migrate, owner)
    people = _emptied(readers / "people")
    write_whole(people / ENVIRONMENT_FILE, json.dumps(shared_environment(keys, choices=choices)))
    (people / "clients").mkdir()
    for person in PEOPLE:
        shutil.copyfile(keys.client_key_file(person), people / "clients" / f"{person}.json")
    _give(people, owner)
    for reader, name in (("postgres", "postgres"), ("temporal", "temporal")):
        folder = _emptied(readers / reader)
        # The servers' images run as users of their own; only their containers mount these volumes.
        write_whole(folder / "password", keys.database_password(name) + "\n", mode=0o444)


def _emptied(folder: Path) -> Path:
    """Give a folder without content; a volume's own folder can't be replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return folder


def _give(folder: Path, owner: int | None) -> None:
    """Let exactly one user read a folder."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o500 if path.is_dir() else 0o400)
        if owner is not None:
            os.chown(path, owner, owner)


def main() -> None:
    """Hand out what the environment chose."""
    choices = {name: value for name in CHOSEN_BY_THE_USER if (value := os.environ.get(name))}
    hand_out(Path(sys.argv[1]), Path(sys.argv[2]), choices=choices)


if __name__ == "__main__":
    main()
