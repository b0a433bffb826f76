"""Settings of an installation: environment variables and command line options, nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from emh_report.errors import SettingError

SETTINGS: Final[Mapping[str, str]] = {
    "EMH_SITE": "--site, repeatable: folders of a site's own templates, separated as in PATH",
    "EMH_MAPS": "--map, repeatable: code maps the site is licensed for, separated by commas",
    "EMH_ADDRESS": "--address: where the service listens",
    "EMH_WEB": "--web: where the radiologist's form is served; off for nowhere",
    "EMH_WEB_HOSTS": "--web-host: names it is reached by, separated by commas",
    "EMH_WEB_STAFF": "--web-staff: file of the people who use it",
    "EMH_WEB_USER": "--web-user: header in which a proxy says who somebody is",
    "EMH_EMBED_ORIGINS": "--embed-origin: viewers that show it in a frame, separated by commas",
    "EMH_WEB_LANGUAGE": "--web-language: language of the form for browsers that ask for none",
    "EMH_STUDIES": "--studies: file with the PACS and RIS whose studies are reported",
    "EMH_FHIR": "--fhir: where FHIR over HTTP is served; off for nowhere",
    "EMH_FHIR_URL": "--fhir-url: where FHIR is found from outside, behind a proxy",
    "EMH_FHIR_TOKENS": "--fhir-tokens: file with the bearer tokens that FHIR is open to",
    "EMH_CREATE_PATIENT": "--create-patient: whether FHIR bundles carry the patient: true or false",
    "EMH_TLS_CERTIFICATE": "--tls-certificate: certificate chain of this service, PEM",
    "EMH_TLS_KEY": "--tls-key: its private key, PEM",
    "EMH_CLIENT_CA": "--client-ca: authority whose clients gRPC is open to, PEM",
    "EMH_TLS_WARN_DAYS": "--tls-warn-days: how many days before the end of a certificate the log warns",
    "EMH_ISSUERS": "--issuers: file with the issuers whose tokens open gRPC and FHIR",
    "EMH_METRICS": "--metrics: where metrics are served for Prometheus; off: nowhere",
    "EMH_AUDIT_READS": "--audit-reads: whether the audit has who read what: true or false",
    "EMH_STORE": "--store: where reports are kept: URL of a database, or none",
    "EMH_STORE_KEYS": "--store-keys: file with the keys that encrypt what is stored",
    "EMH_SIGNING_KEYS": "--signing-keys: file with the keys that sign what is released",
    "EMH_PEERS": "--peers: file with the peers that get what is released",
    "EMH_CACHE": "folder for catalogs that were built before, or none",
}
"""Every variable, with its option, which takes its place, and its meaning."""

DEFAULT_ADDRESS: Final = "localhost:50051"
"""Both loopbacks, IPv4 and IPv6: nobody else can reach a service without encryption and authentication."""

DEFAULT_WEB: Final = "localhost:8080"
"""Where the form is served; both loopbacks, as above."""

DEFAULT_FHIR: Final = "localhost:8081"
"""Where FHIR over HTTP is served; both loopbacks, as above."""

OFF: Final = "off"
"""Instead of an address: not served."""

WARN_DAYS: Final = 30
"""Certificates are often valid for 90 days and renewed after 60: a warning then says that the renewal failed."""
MOST_DAYS: Final = 3650

CREATE_PATIENT: Final = "EMH_CREATE_PATIENT"
AUDIT_READS: Final = "EMH_AUDIT_READS"
METRICS_FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Variable of the Prometheus client: where processes that serve one port count together.

The client looks when it is imported, so it is set before `emh_report.metrics` is.
"""

NO_CACHE: Final = "none"
"""Instead of a folder: every process builds its catalog itself."""
NO_STORE: Final = "none"
"""Instead of a URL: nothing is kept, and there is no service for stored reports."""

SWITCH: Final[Mapping[str, bool]] = {"true": True, "1": True, "false": False, "0": False, "": False}
"""Values of a variable that is on or off, without regard to case. Anything else is refused, not guessed."""


ORIGIN: Final = re.compile(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[1-9][0-9]{0,4})?", re.ASCII)
"""An origin as a browser states it (RFC 6454): one scheme, host and port. No wildcard."""


class FormOptions(NamedTuple):
    """Who uses the form: names it is reached by, file of its people, header in which a proxy names them.

    ``origins`` are those of the viewers that may show the form in a frame and send it measurements; ``studies`` is the
    file with the sources of its worklist, ``language`` what it speaks to a browser that asks for none.
    """

    hosts: tuple[str, ...] = ()
    staff: str = ""
    user: str = ""
    origins: tuple[str, ...] = ()
    studies: str = ""
    language: str = ""


NOBODY_SAID: Final = FormOptions()


class FhirOptions(NamedTuple):
    """How FHIR over HTTP is served; empty where nothing is said.

    ``address`` is where it listens, or OFF; ``url`` where it is found from outside; ``tokens`` a file with one bearer
    token a line.
    """

    address: str = ""
    url: str = ""
    tokens: str = ""


NO_FHIR_OPTIONS: Final = FhirOptions()


class Security(NamedTuple):
    """How doors are locked; empty where nothing is said.

    ``certificate`` and ``key`` are files (PEM) by which every door of the service speaks TLS; ``client_ca`` a file with
    the authorities by which callers of gRPC have to show a certificate; ``issuers`` a file with those whose tokens
    callers of gRPC and FHIR over HTTP have to send. ``warn_days``: the log warns so long before a certificate ends,
    WARN_DAYS where nothing is said.
    """

    certificate: str = ""
    key: str = ""
    client_ca: str = ""
    issuers: str = ""
    warn_days: int | None = None


UNLOCKED: Final = Security()


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation is made of. Later site folders take precedence.

    ``create_patient``: FHIR bundles carry the patient, to be created where the receiver has none. ``store`` is the URL
    of a database or NO_STORE; the files of keys and peers are None where the store makes do without. ``cache`` is the
    folder for catalogs that were built before, or None.
    ``web`` is empty where the form is served at its usual address if that is free, and OFF where it is not served;
    ``form`` says who uses it; ``audit_reads``: the audit of the store has reads, too. ``metrics`` is empty or OFF where
    there are none.
    """

    site: tuple[Path, ...] = ()
    maps: frozenset[str] = frozenset()
    address: str = DEFAULT_ADDRESS
    create_patient: bool = False
    web: str = ""
    form: FormOptions = NOBODY_SAID
    fhir: FhirOptions = NO_FHIR_OPTIONS
    security: Security = UNLOCKED
    metrics: str = ""
    audit_reads: bool = False
    store: str = NO_STORE
    store_keys: Path | None = None
    signing_keys: Path | None = None
    peers: Path | None = None
    cache: Path | None = None


class StoreOptions(NamedTuple):
    """What the command line says about the store; empty where it says nothing."""

    url: str = ""
    keys: str = ""
    signing_keys: str = ""
    peers: str = ""


NOTHING_SAID: Final = StoreOptions()


def read_settings(  # noqa: PLR0913 - one parameter for each option
    environment: Mapping[str, str] | None = None,
    *,
    site: Sequence[Path] = (),
    maps: Sequence[str] = (),
    address: str = "",
    create_patient: bool | None = None,
    store: StoreOptions = NOTHING_SAID,
    web: str = "",
    form: FormOptions = NOBODY_SAID,
    fhir: FhirOptions = NO_FHIR_OPTIONS,
    security: Security = UNLOCKED,
    metrics: str = "",
    audit_reads: bool | None = None,
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
        store=store.url or known.get("EMH_STORE", "") or default_store(known),
        store_keys=_file(store.keys, known.get("EMH_STORE_KEYS", "")),
        signing_keys=_file(store.signing_keys, known.get("EMH_SIGNING_KEYS", "")),
        peers=_file(store.peers, known.get("EMH_PEERS", "")),
        web=web or known.get("EMH_WEB", ""),
        form=_form(form, known),
        fhir=FhirOptions(
            address=fhir.address or known.get("EMH_FHIR", ""),
            url=fhir.url or known.get("EMH_FHIR_URL", ""),
            tokens=fhir.tokens or known.get("EMH_FHIR_TOKENS", ""),
        ),
        security=_security(security, known),
        audit_reads=_switch(known, AUDIT_READS) if audit_reads is None else audit_reads,
        metrics=metrics or known.get("EMH_METRICS", ""),
        cache=_cache(known),
    )


def _form(options: FormOptions, known: Mapping[str, str]) -> FormOptions:
    """Return who uses the form.

    Raises SettingError where one of file and header is missing: neither helps alone; and for what is no origin.
    """
    hosts, origins = _listed(known, "EMH_WEB_HOSTS"), options.origins or _listed(known, "EMH_EMBED_ORIGINS")
    staff, user = options.staff or known.get("EMH_WEB_STAFF", ""), options.user or known.get("EMH_WEB_USER", "")
    if bool(staff) != bool(user):
        raise SettingError("EMH_WEB_STAFF", ["a file, together with EMH_WEB_USER, the header that a proxy sets"])
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise SettingError("EMH_EMBED_ORIGINS", ["origins such as https://viewer.hospital.example, in small letters"])
    studies = options.studies or known.get("EMH_STUDIES", "")
    language = options.language or known.get("EMH_WEB_LANGUAGE", "")
    return FormOptions(options.hosts or hosts, staff, user, origins, studies, language)


def _security(options: Security, known: Mapping[str, str]) -> Security:
    """Return how doors are locked. Raises SettingError where one of certificate and key is missing."""
    names = ("EMH_TLS_CERTIFICATE", "EMH_TLS_KEY", "EMH_CLIENT_CA", "EMH_ISSUERS")
    files = [option or known.get(name, "") for option, name in zip(options[:4], names, strict=True)]
    certificate, key, client_ca, issuers = files
    days = options.warn_days or _days(known, "EMH_TLS_WARN_DAYS")
    asked = any(files[:3])
    for option, name, file in zip(("--tls-certificate", "--tls-key"), names, files, strict=False):
        if asked and not file:
            raise SettingError(f"{option} ({name})", ["a file: certificate and key go together, --client-ca with both"])
    return Security(certificate, key, client_ca, issuers, days)


def _days(known: Mapping[str, str], name: str) -> int | None:
    """Return a number of days; None where nothing is said. Raises SettingError."""
    said = known.get(name, "").strip()
    if said and not (said.isascii() and said.isdigit() and 0 < int(said[:5]) <= MOST_DAYS):
        raise SettingError(name, [f"a number of days, 1 to {MOST_DAYS}"])
    return int(said) if said else None


def _listed(known: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in known.get(name, "").split(",") if part.strip())


def _file(option: str, variable: str) -> Path | None:
    name = option or variable
    return Path(name) if name else None


def default_store(environment: Mapping[str, str]) -> str:
    """Return the URL of the file that reports are kept in where nothing else is said.

    It is in the state folder that systemd gives a service, else in the data folder of the user (XDG base directories).
    """
    given = environment.get("STATE_DIRECTORY", "").partition(":")[0]
    data = environment.get("XDG_DATA_HOME", "") or str(Path.home() / ".local" / "share")
    folder = Path(given) if given else Path(data) / "emh-report"
    return f"sqlite:///{folder / 'reports.db'}"


def _cache(environment: Mapping[str, str]) -> Path | None:
    """Return the folder for catalogs that were built before; None where there is to be none.

    It is in the cache folder that systemd gives a service, else in that of the user (XDG base directories).
    """
    said = environment.get("EMH_CACHE", "")
    if said == NO_CACHE:
        return None
    given = environment.get("CACHE_DIRECTORY", "").partition(":")[0]
    folder = environment.get("XDG_CACHE_HOME", "") or str(Path.home() / ".cache")
    return Path(said or given or Path(folder) / "emh-report")


def _switch(known: Mapping[str, str], name: str) -> bool:
    found = SWITCH.get(known.get(name, "").strip().lower())
    if found is None:
        raise SettingError(name, [value for value in SWITCH if value])
    return found
