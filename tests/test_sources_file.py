"""The file of sources of studies: what is right is read, what is odd is refused with file, key and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from emh_report.errors import SourcesError
from emh_report.sources import read_sources
from tests.sources import ORGANIZATION

RIGHT = """
[organization]
system = "urn:x:org"
identifier = "RAD"
name = "Radiology"

[studies.pacs]
kind = "dicomweb"
title = "PACS"
url = "http://localhost:8042/dicom-web/"
days = 7
issuers = { HOSP = "urn:oid:1.3" }

[studies.ris]
kind = "fhir"
url = "https://ris.test/fhir"
token_env = "RIS_TOKEN"
"""

TABLE = '[studies.pacs]\nkind = "dicomweb"\nurl = "https://h"\n'
WRONG = {
    "": "studies: a table for each is needed",
    "x = 1": "x: unknown key; known here: organization, studies",
    "[studies.PACS]": "studies.PACS: a name has the form",
    "studies.pacs = 1": "studies.pacs: a table is needed",
    '[studies.pacs]\nkind = "dimse"': "studies.pacs.kind: accepted are dicomweb, fhir",
    '[studies.pacs]\nkind = "fhir"': "studies.pacs.url: this key is missing",
    '[studies.pacs]\nkind = "fhir"\nurl = "http://10.0.0.1"': "studies.pacs: patients would go unencrypted",
    '[studies.pacs]\nkind = "fhir"\nurl = "https://u:geheim@h"': "studies.pacs.url: no user, query or fragment",
    TABLE + "day = 3": "studies.pacs.day: unknown key; known here: days",
    TABLE + "days = -1": "studies.pacs.days: input should be greater",
    TABLE + 'patient_system = "MRN"': "studies.pacs.patient_system: string should match",
    TABLE + 'user = "reader"': "studies.pacs: user: its password is needed",
    TABLE + 'token_env = "A"\ntoken_file = "/a"': "token_file or token_env, not both",
    TABLE + 'ca_file = "/none"': "ca_file: no such file",
    TABLE + '[organization]\nname = "R"': "organization.system: this key is missing",
    "[studies": "not TOML",
}


def test_sources_are_read_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "studies.toml"
    file.write_text(RIGHT)
    sources, organization = read_sources(file)
    assert [(name, one.url) for name, one in sources.items()] == [
        ("pacs", "http://localhost:8042/dicom-web"),
        ("ris", "https://ris.test/fhir"),
    ]
    assert organization == ORGANIZATION


@pytest.mark.parametrize("text", WRONG)
def test_what_is_odd_is_refused_with_file_key_and_reason(tmp_path: Path, text: str) -> None:
    file = tmp_path / "studies.toml"
    file.write_text(text)
    with pytest.raises(SourcesError) as refused:
        read_sources(file)
    assert str(refused.value).startswith(str(file))
    assert WRONG[text] in str(refused.value)
    assert "geheim" not in str(refused.value)
