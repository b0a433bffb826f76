"""The file of peers: what is right is read, what is odd is refused with file, key and reason, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from emh_report.cli.exits import Exit
from emh_report.deliveries import Peer, Versions
from emh_report.delivery import read_peers
from emh_report.delivery.sender import KINDS
from emh_report.errors import PeersError
from tests.cli_program import run
from tests.store_reports import fresh

RIGHT = """
[peers.ehr]
kind = "fhir"
url = "https://fhir.hospital.test/r4/"
token_env = "EHR_TOKEN"
create_patient = true

[peers.drop]
kind = "folder"
path = "FOLDER"
content = "fhir-r5-document"
versions = "released"
"""

WRONG = {
    "x = 1": "x: unknown key; known here: peers",
    "": "peers: a table for each is needed",
    "peers = 1": "peers: a table for each is needed",
    "[peers.EHR]": "peers.EHR: a name has the form",
    "peers.ehr = 1": "peers.ehr: a table is needed",
    "[peers.ehr]": "peers.ehr.kind: accepted are fhir, folder",
    '[peers.ehr]\nkind = "dicom"': "peers.ehr.kind: accepted are fhir, folder",
    '[peers.ehr]\nkind = "fhir"': "peers.ehr.url: this key is missing",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://h"\ntimeout = 3': "peers.ehr.timeout: unknown key; known here: timeout",
    '[peers.ehr]\nkind = "fhir"\nurl = "ftp://h"': "peers.ehr.url: the base URL of a server is needed",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://u:geheim@h"': "peers.ehr.url: no user, query or fragment",
    '[peers.ehr]\nkind = "fhir"\nurl = "http://10.0.0.1"': "peers.ehr: reports would go unencrypted",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://h"\ncontent = "text"': "peers.ehr: content: a FHIR server takes FHIR",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://h"\nca_file = "/none"': "peers.ehr: ca_file: no such file",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://h"\ntoken_env = "A"\ntoken_file = "/a"': "token_file or token_env",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://h"\nparallel = 0': "peers.ehr.parallel: input should be greater",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://h"\ncarry_signatur = false': "carry_signatur: unknown key; known here",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://h"\ncarry_signature = "no, please"': "carry_signature: input should be",
    '[peers.drop]\nkind = "folder"\npath = "/"\ncarry_signature = false': "peers.drop.carry_signature: unknown key",
    '[peers.ehr]\nkind = "fhir"\nurl = "https://h"\ncontent = "xml"': "peers.ehr.content: input should be 'fhir-r4",
    '[peers.drop]\nkind = "folder"\npath = "drop"': "peers.drop.path: an absolute path is needed",
    '[peers.drop]\nkind = "folder"\npath = "/none/drop"': "peers.drop.path: no such folder",
    "[peers": "not TOML",
}


def test_peers_are_read_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "peers.toml"
    file.write_text(RIGHT.replace("FOLDER", str(tmp_path)))
    ehr, drop = read_peers(file)
    assert ehr.peer == Peer("ehr", "fhir", "fhir-r4-transaction", Versions.SIGNED, "https://fhir.hospital.test/r4")
    assert drop.peer == Peer("drop", "folder", "fhir-r5-document", Versions.RELEASED, str(tmp_path))
    assert (ehr.settings.create_patient, ehr.settings.parallel) == (True, 4)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_odd_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "peers.toml"
    file.write_text(text)
    with pytest.raises(PeersError) as caught:
        read_peers(file)
    assert str(caught.value).startswith(f"{file}: {WRONG[text]}") or WRONG[text] in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_commands_say_what_is_wrong_with_the_file(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'reports.db'}"
    fresh(tmp_path).close()
    file = tmp_path / "peers.toml"
    file.write_text("[peers.ehr]")
    result = run("deliver", "--store", store, "--peers", str(file))
    assert (result.exit_code, "peers.ehr.kind" in result.output) == (Exit.USAGE, True)
    assert run("deliver", "--store", store, "--peers", str(tmp_path / "none")).exit_code == Exit.FILE
    assert "--peers" in run("deliver", "--store", store).output
    assert run("deliver", "--store", "none").exit_code == Exit.USAGE


def test_every_kind_of_peer_is_in_the_documentation() -> None:
    text = (Path(__file__).parent.parent / "docs" / "delivery.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f'kind = "{kind}"' not in text] == []
