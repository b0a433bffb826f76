"""Tokens of issuers: made by PyJWT, taken or refused by this program, and files that say whose count."""

from __future__ import annotations

import base64
import hmac
import json
import os
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from emh_report import limits
from emh_report.bearer import KNOWN, KNOWN_SECONDS, MAX_TOKEN, Issuers, read_issuers
from emh_report.context import Identifier
from emh_report.errors import IssuersError, NotAuthenticatedError
from emh_report.program import NOBODY
from emh_report.scopes import Scope
from tests.locks import AUDIENCE, ES384, ISSUER, RS384, STRANGER, issuers, public, token


def _encoded(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _refused(known: Issuers, sent: str, scheme: str = "Bearer") -> str:
    with pytest.raises(NotAuthenticatedError) as error:
        known.caller(f"{scheme} {sent}")
    assert sent[:20] not in str(error.value) or not sent
    return str(error.value)


def test_a_token_says_who_calls_and_what_it_opens(tmp_path: Path) -> None:
    known = read_issuers(issuers(tmp_path))
    for key, name in ((ES384, "es"), (RS384, "rs")):
        caller = known.caller(f"Bearer {token('system/Task.rs openid', key, name, aud=['other', AUDIENCE])}")
        assert caller == (Identifier(ISSUER, "ris"), frozenset({Scope("Task", "rs")}), NOBODY)
    assert known.caller(f"bearer {token(sub=None, scope=None)}") == (NOBODY, frozenset(), NOBODY)


def test_the_first_claim_that_names_the_program_counts(tmp_path: Path) -> None:
    known = read_issuers(issuers(tmp_path))
    named: list[tuple[dict[str, Any], str]] = [
        ({"client_id": "a", "azp": "b"}, "a"),
        ({"azp": "b"}, "b"),
        ({"client_id": ""}, "ris"),
        ({"client_id": "x" * limits.ID}, "x" * limits.ID),
    ]
    for claims, name in named:
        assert known.caller(f"Bearer {token(**claims)}").program == Identifier(ISSUER, name)


@pytest.mark.parametrize("claim", ["fhirUser", "preferred_username"])
def test_for_whom_a_program_calls_is_in_a_claim_that_the_file_names(tmp_path: Path, claim: str) -> None:
    file = issuers(tmp_path)
    if claim != "fhirUser":
        file.write_text(file.read_text(encoding="utf-8") + f'user_claim = "{claim}"\n', encoding="utf-8")
    known, person = read_issuers(file), "https://ehr.hospital.test/fhir/Practitioner/S-7"
    others: dict[str, Any] = {"fhirUser": "other", "preferred_username": "service-account-ris"}
    caller = known.caller(f"Bearer {token(**{**others, claim: person})}")
    assert caller.on_behalf_of == Identifier(ISSUER, person)
    assert known.caller(f"Bearer {token()}").on_behalf_of == NOBODY


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": int(time.time()) - 60}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": float("nan")}, "expired"),
        ({"nbf": int(time.time()) + 86_400}, "not valid yet"),
        ({"iat": int(time.time()) + 86_400}, "future"),
        ({"aud": "another"}, "another service"),
        ({"aud": None}, "another service"),
        ({"aud": [AUDIENCE, 7]}, "another service"),
        ({"iss": "https://evil.test"}, "not from an issuer"),
        ({"iss": None}, "not from an issuer"),
        ({"scope": ["system/*.cruds"]}, "scope"),
        ({"sub": None, "jti": 7}, "claim"),
        ({"client_id": 7}, "client_id"),
        ({"fhirUser": ["Practitioner/1"]}, "fhirUser"),
        ({"fhirUser": "x" * (limits.ID + 1)}, "fhirUser"),
        ({"client_id": ["ris"]}, "client_id"),
        ({"azp": "x" * 257}, "azp"),
        ({"client_id": "r\u202eis"}, "client_id"),
        ({"client_id": "ris\n\x00"}, "client_id"),
        ({"client_id": "\ud800"}, "client_id"),
    ],
)
def test_claims_that_are_wrong(tmp_path: Path, claims: dict[str, Any], said: str) -> None:
    known = read_issuers(issuers(tmp_path))
    if "iss" in claims and claims["iss"] is None:
        sent = jwt.encode({"aud": AUDIENCE}, ES384, "ES384", {"kid": "es"})
    else:
        sent = token(**claims)
    assert said in _refused(known, sent)


def test_signatures_that_prove_nothing(tmp_path: Path) -> None:
    known = read_issuers(issuers(tmp_path))
    assert "signature" in _refused(known, token(key=STRANGER))
    head, body, proof = token().split(".")
    forged = _encoded({"iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 60, "scope": "system/*.cruds"})
    assert "signature" in _refused(known, f"{head}.{forged}.{proof}")
    unsigned = f"{_encoded({'alg': 'none', 'kid': 'es'})}.{body}."
    assert "signed as" in _refused(known, unsigned)
    # HMAC with the public key as its secret, which is no secret
    signed = f"{_encoded({'alg': 'HS256', 'kid': 'es'})}.{forged}"
    mac = hmac.digest(json.dumps(public(ES384, "es")).encode(), signed.encode(), "sha256")
    shared = f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    assert "signed as" in _refused(known, shared)
    crossed = f"{_encoded({'alg': 'RS384', 'kid': 'es'})}.{body}.{proof}"
    assert _refused(known, crossed)
    assert "key" in _refused(known, token(name="gone"))
    assert "key" in _refused(known, jwt.encode({"iss": ISSUER}, ES384, "ES384"))  # names none of two


@pytest.mark.parametrize(
    "sent", ["", "x", "a.b.c", "....", "é.é.é", "\x00.\x00.\x00", "eyJhbGciOiJFUzM4NCJ9.e30.", "x" * MAX_TOKEN]
)
def test_what_is_no_token(tmp_path: Path, sent: str) -> None:
    assert _refused(read_issuers(issuers(tmp_path)), sent)


@pytest.mark.parametrize("deep", ["[" * 5_000, '{"a":' * 1_100])
def test_json_that_nests_without_an_end(tmp_path: Path, deep: str) -> None:
    known = read_issuers(issuers(tmp_path))
    nested = base64.urlsafe_b64encode(deep.encode()).decode().rstrip("=")
    head = token().partition(".")[0]
    for sent in (f"{head}.{nested}.AA", f"{nested}.{nested[:100]}.AA"):
        assert "not a JSON Web Token" in _refused(known, sent[:MAX_TOKEN])


def test_other_schemes_and_too_long_ones(tmp_path: Path) -> None:
    known = read_issuers(issuers(tmp_path))
    assert "bearer token is needed" in _refused(known, token(), "Basic")
    with pytest.raises(NotAuthenticatedError, match=str(MAX_TOKEN)):
        known.caller(f"Bearer {'x' * (MAX_TOKEN + 1)}")


def test_keys_are_rotated_without_a_restart(tmp_path: Path) -> None:
    file = issuers(tmp_path, public(ES384, "old"))
    known = read_issuers(file)
    sent = token(key=STRANGER, name="new")
    assert "key" in _refused(known, sent)
    issuers(tmp_path, public(STRANGER, "new"))
    os.utime(tmp_path / "sso.jwks.json", ns=(1, 1))  # however coarse the clock of the file system
    assert known.caller(f"Bearer {sent}").program.value == "ris"
    (tmp_path / "sso.jwks.json").write_text("{", encoding="utf-8")
    assert "key" in _refused(known, token(key=RS384, name="later"))  # a file that is wrong takes nothing away
    assert known.caller(f"Bearer {token(key=STRANGER, name='new')}").program.value == "ris"


def test_a_token_is_remembered_for_a_minute_and_never_beyond_its_end(tmp_path: Path) -> None:
    now = [time.time()]
    file = issuers(tmp_path, public(ES384, "es"))
    known = Issuers(read_issuers(file).trusted, lambda: now[0])
    sent = token(exp=int(now[0]) + 3600)
    assert known.caller(f"Bearer {sent}") == known.caller(f"Bearer {sent}")
    issuers(tmp_path, public(STRANGER, "other"))
    os.utime(tmp_path / "sso.jwks.json", ns=(1, 1))
    assert "key" in _refused(known, token(name="makes it read the file"))
    assert known.caller(f"Bearer {sent}").program.value == "ris"
    now[0] += KNOWN_SECONDS
    assert "key" in _refused(known, sent)
    for number in range(KNOWN + 2):  # a flood of good tokens is no flood of memory
        assert known.caller(f"Bearer {token(key=STRANGER, name='other', jti=str(number), exp=int(now[0]) + 60)}")
    assert known.remembered <= KNOWN


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}], "private or shared"),
        ([{**public(ES384, "a"), "d": "AQ"}], "private or shared"),
        ([{**public(ES384, "a"), "use": "enc"}], "no key"),
        ([public(ES384, "a"), public(RS384, "a")], "two keys"),
        ([{"kty": "EC", "crv": "P-256", "x": "!", "y": "!", "kid": "a"}], "JWK Set"),
        ([7], "JWK Set"),
    ],
)
def test_key_files_that_are_refused(tmp_path: Path, keys: list[Any], said: str) -> None:
    with pytest.raises(IssuersError, match=said) as error:
        read_issuers(issuers(tmp_path, *keys))
    assert "issuers.sso.keys" in str(error.value)


def test_files_of_issuers_that_are_refused(tmp_path: Path) -> None:
    file = issuers(tmp_path)
    good = file.read_text(encoding="utf-8")
    wrong = {
        "issuers.sso.audience": good.replace(f'audience = "{AUDIENCE}"\n', ""),
        "issuers.sso.audiences": good + 'audiences = "x"\n',
        "issuers.sso.kind": good.replace("jwt", "saml"),
        "issuers.two.issuer": good + good.replace("issuers.sso", "issuers.two"),
        "issuer": good.replace("[issuers.sso]", "[issuer.sso]"),
    }
    for key, text in wrong.items():
        file.write_text(text, encoding="utf-8")
        with pytest.raises(IssuersError, match=key):
            read_issuers(file)
    file.write_text(good.replace("sso.jwks.json", "none.json"), encoding="utf-8")
    with pytest.raises(OSError, match=r"none\.json"):
        read_issuers(file)
