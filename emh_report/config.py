"""Settings of an installation: environment variables and command line options, nothing else.

================== ======================================================== ===================
variable           meaning                                                  option
================== ======================================================== ===================
EMH_SITE           folders of a site's own templates, separated as in PATH  --site, repeatable
EMH_MAPS           code maps the site is licensed for, separated by commas  --map, repeatable
EMH_ADDRESS        where the service listens                                --address
EMH_CREATE_PATIENT whether FHIR bundles carry the patient: true or false    --create-patient
================== ======================================================== ===================

An option takes the place of its variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emh_report.errors import SettingError

DEFAULT_ADDRESS: Final = "localhost:50051"
"""Both loopbacks, IPv4 and IPv6: nobody else can reach a service without encryption and authentication."""

CREATE_PATIENT: Final = "EMH_CREATE_PATIENT"
SWITCH: Final[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "0": False, "": False}
"""Values of a variable that is on or off, without regard to case. Anything else is refused, not guessed."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is made of. Later site folders take precedence.

    ``create_patient``: FHIR bundles carry the patient, to be created where the receiver has none.
    """

    site: tuple[Path, ...] = ()
    maps: frozenset[str] = frozenset()
    address: str = DEFAULT_ADDRESS
    create_patient: bool = False


def read_settings(
    environment: Mapping[str, str] | None = None,
    *,
    site: Sequence[Path] = (),
    maps: Sequence[str] = (),
    address: str = "",
    create_patient: bool | None = None,
) -> Settings:
    """Return the settings of options over environment (the process's own where none is given).

    Raises SettingError for a variable whose value is none of those it takes.
    """
    known = os.environ if environment is None else environment
    folders = [Path(name) for name in known.get("EMH_SITE", "").split(os.pathsep) if name]
    names = [name.strip() for name in known.get("EMH_MAPS", "").split(",") if name.strip()]
    return Settings(
        site=tuple(site) or tuple(folders),
        maps=frozenset(maps or names),
        address=address or known.get("EMH_ADDRESS", "") or DEFAULT_ADDRESS,
        create_patient=_switch(known, CREATE_PATIENT) if create_patient is None else create_patient,
    )


def _switch(known: Mapping[str, str], name: str) -> bool:
    found = SWITCH.get(known.get(name, "").strip().lower())
    if found is None:
        raise SettingError(name, [value for value in SWITCH if value])
    return found
