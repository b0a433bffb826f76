"""What a sender is: settings in the file of peers, one call that sends, and how a try ended.

A new kind of peer is one module with ``Settings``, ``target`` and ``make``, and one line in KINDS.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field

from emh_report.deliveries import Versions
from emh_report.export import Format

KINDS: Final[Mapping[str, str]] = {
    "fhir": "emh_report.delivery.fhir_server",
    "folder": "emh_report.delivery.folder",
}
"""Kind of a peer → module of its sender."""


class PeerSettings(BaseModel):
    """What every peer has. ``timeout_seconds`` is for each step of a try; ``parallel`` reports go at the same time."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: str
    content: Format = Format.FHIR_R4_TRANSACTION
    versions: Versions = Versions.SIGNED
    create_patient: bool = False
    parallel: int = Field(default=4, ge=1, le=32)
    timeout_seconds: float = Field(default=30, gt=0, le=600)

    @property
    def carries_signature(self) -> bool:
        """Whether bundles carry the signature of their version along; a kind of peer may leave that to its settings."""
        return True


class Parcel(NamedTuple):
    """What goes to a peer: ``content`` is the same at every try, ``document`` was signed, ``signature`` is its JWS.

    ``delivery_id`` is the stable key of version and peer.
    """

    delivery_id: str
    report_id: str
    version: int
    content: bytes
    content_type: str
    document: bytes
    signature: str


class End(Enum):
    """How a try ended."""

    DELIVERED = auto()
    AGAIN = auto()
    """This delivery is tried again later."""
    AWAY = auto()
    """The same, and the peer as a whole is given time."""
    REFUSED = auto()
    """Trying again would change nothing: a person has to look at it."""


class Outcome(NamedTuple):
    """How a try ended. ``error`` is a code, ``details`` codes and paths: no text of the peer. Times are in seconds.

    What was left out of what the peer got stands in ``details`` too, also of a try that went well.
    """

    end: End
    error: str = ""
    details: tuple[str, ...] = ()
    retry_after: float = 0


DELIVERED: Final = Outcome(End.DELIVERED)


class Sender(Protocol):
    """Sends to one peer; called from several threads at once."""

    def send(self, parcel: Parcel) -> Outcome:
        """Send, and say how it ended. What goes wrong at the peer or on the way is an outcome, not an exception."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Maker(Protocol):
    """What the module of a sender has."""

    Settings: type[PeerSettings]

    def target(self, settings: PeerSettings) -> str:
        """Return where the peer is, without secrets."""
        ...

    def make(self, settings: PeerSettings) -> Sender:
        """Return a sender."""
        ...
