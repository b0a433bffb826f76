"""Signing keys in a PKCS#11 token: SoftHSM stands for the hardware, PyJWT verifies what it signed."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import jwt
import pytest

from emh_report.cli.exits import Exit
from emh_report.client import Client, UnavailableError
from emh_report.errors import MissingExtraError, SettingError, SignerUnavailableError
from emh_report.grpc_server import running
from emh_report.keys import new_signing_key, read_signing_keys, write_keys
from emh_report.lifecycle import Action
from emh_report.signers import signer
from emh_report.signers.key_file import FileSigner
from emh_report.signers.token import TokenSigner
from emh_report.signers.uri import read_uri
from emh_report.signing import sign, verify
from emh_report.store import Release
from tests.case_files import catalog
from tests.cli_program import run
from tests.store_reports import ATTENDING, act, changed, complete, created, fresh, saved, signed

pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed; the extra [pkcs11] brings it")

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
LABEL = "Radiology"
PIN = "648219"
WRONG = "111777"


class Token(NamedTuple):
    """A token with a key pair on P-256, in a folder of its own."""

    folder: Path
    module: str
    pin: Path
    tool: Path

    def uri(self, key: str = "reports 1", label: str = LABEL, source: str = "") -> str:
        place = source or f"file:{self.pin}"
        return f"pkcs11:token={label};object={quote(key)};type=private?module-path={self.module}&pin-source={place}"

    def key_file(self, *options: str, key: str = "reports 1") -> Path:
        """Write the key set that names the token, as an operator would."""
        file = self.folder.parent / f"{quote(key)}.json"
        made = run("keys", "token", self.uri(key), *options)
        assert made.exit_code == 0, made.stderr
        file.write_text(made.stdout)
        return file

    def initialize(self) -> None:
        said = ("--init-token", "--free", "--label", LABEL, "--so-pin", "75319024", "--pin", PIN)
        subprocess.run([self.tool, *said], check=True, capture_output=True)

    def generate(self, label: str, curve: str = "secp256r1") -> None:
        from pkcs11.util.ec import encode_named_curve_parameters

        library = pkcs11.lib(self.module)
        library.reinitialize()
        with library.get_token(token_label=LABEL).open(rw=True, user_pin=PIN) as session:
            parameters = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}
            domain = session.create_domain_parameters(pkcs11.KeyType.EC, parameters, local=True)
            domain.generate_keypair(store=True, label=label, id=label.encode())


@pytest.fixture
def token(tmp_path: Path, component: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Token:
    tool = component("softhsm2-util")
    module = next(name for name in MODULES if Path(name).exists())
    folder, settings, pin = tmp_path / "tokens", tmp_path / "softhsm2.conf", tmp_path / "pin"
    folder.mkdir()
    settings.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\nlog.level = ERROR\n")
    pin.write_text(f"{PIN}\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(settings))
    made = Token(folder, module, pin, tool)
    made.initialize()
    made.generate("reports 1")
    return made


def keys(file: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(file.read_text())["keys"]
    return found


def test_a_token_signs_a_report_that_others_verify(tmp_path: Path, token: Token) -> None:
    key_file, url = token.key_file(), f"sqlite:///{tmp_path / 'reports.db'}"
    with fresh(tmp_path, signing_keys=read_signing_keys(key_file.read_text())) as store:
        report_id = signed(store)
        version = store.version(report_id)
    public, document = tmp_path / "public.json", tmp_path / "v.json"
    public.write_text(run("keys", "public", str(key_file)).stdout)
    assert set(keys(public)[0]) == {"kty", "crv", "x", "y", "kid"}
    token.pin.unlink()  # reading and verifying need neither token nor PIN
    shown = run("reports", "show", report_id, "--store", url, "--signing-keys", str(key_file), "-o", str(document))
    assert shown.exit_code == 0
    result = json.loads(run("verify", str(document), "--keys", str(public), "--json").stdout)
    assert (result["holds"], result["trial"], result["key"]) == (True, False, keys(public)[0]["kid"])
    checked = run("reports", "verify", "--store", url, "--signing-keys", str(key_file), "--json")
    assert json.loads(checked.stdout)["signatures"] == 1
    head, _, proof = version.signature.split(".")
    whole = f"{head}.{base64.urlsafe_b64encode(version.content).rstrip(b'=').decode()}.{proof}"
    assert jwt.PyJWS().decode(whole, jwt.PyJWK(keys(public)[0]), algorithms=["ES256"]) == version.content
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.PyJWS().decode(f"{head}.e30.{proof}", jwt.PyJWK(keys(public)[0]), algorithms=["ES256"])


def test_keys_used_before_still_verify(tmp_path: Path, token: Token) -> None:
    token.generate("reports 2")
    old = tmp_path / "old.json"
    old.write_text(write_keys([new_signing_key()]))
    first = token.key_file("--before", str(old))
    second = token.key_file("--before", str(first), key="reports 2")
    assert keys(second)[1:] == keys(first)
    assert ["d" in key for key in keys(second)] == [False, False, True]
    ids = []
    for file in (old, first, second):
        with fresh(tmp_path, signing_keys=read_signing_keys(file.read_text())) as store:
            ids.append(signed(store))
    with fresh(tmp_path, signing_keys=read_signing_keys(second.read_text())) as store:
        assert (store.verify().signatures, store.verify().trial, store.verify().damages) == (3, 0, ())
        by = [store.signed_by(store.version(report_id)).key_id for report_id in ids]
    assert by == [key["kid"] for key in reversed(keys(second))]
    back = run("keys", "new", "signing", "--before", str(second))
    assert json.loads(back.stdout)["keys"][1:] == keys(second)


def test_a_token_that_goes_while_serving_signs_nothing_and_loses_nothing(tmp_path: Path, token: Token) -> None:
    known = read_signing_keys(token.key_file().read_text())
    with fresh(tmp_path, signing_keys=known) as store, running(catalog(), store=store) as address:
        signed(store)
        report_id = created(store, *complete())
        draft = store.get(report_id).draft
        with Client(address, timeout=60) as client:
            shown = client.stored.preview(report_id, Release(Action.FINALIZE, ATTENDING))
            wanted = Release(Action.FINALIZE, ATTENDING, seen=shown.seen)
            away = token.folder.rename(tmp_path / "away")
            with pytest.raises(UnavailableError, match="nothing was signed"):
                client.stored.release(report_id, wanted, etag=shown.etag)
            kept = store.get(report_id)
            assert (kept.draft, kept.version, kept.etag) == (draft, 0, shown.etag)
            saved(store, report_id, changed(draft))  # who writes goes on
            away.rename(token.folder)
        assert act(store, report_id, Action.FINALIZE, ATTENDING).version == 1
        assert store.verify().damages == ()


def test_a_wrong_pin_is_tried_once_and_said_nowhere(tmp_path: Path, token: Token) -> None:
    key_file = token.key_file()
    token.pin.write_text(WRONG)
    by = signer(read_signing_keys(key_file.read_text())[0])
    with pytest.raises(SignerUnavailableError, match="PIN is refused") as caught:
        by.check()
    assert WRONG not in str(caught.value)
    token.pin.write_text(PIN)  # even then: the token may be about to lock itself
    with pytest.raises(SignerUnavailableError, match="does not try it again"):
        by.check()
    signer(read_signing_keys(key_file.read_text())[0]).check()
    token.pin.write_text(WRONG)
    place = f"sqlite:///{tmp_path / 'reports.db'}"
    served = run("serve", "--address", "localhost:0", "--store", place, "--signing-keys", str(key_file))
    assert (served.exit_code, "PIN is refused" in served.stderr) == (Exit.SERVICE, True)
    assert WRONG not in served.stdout + served.stderr


def test_what_is_not_in_the_token_is_said(token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    token.generate("other curve", "secp384r1")
    for uri, reason, code in (
        (token.uri("none"), "no such key", Exit.SERVICE),
        (token.uri(label="None"), "no such token", Exit.SERVICE),
        (token.uri().replace(token.module, "/none.so"), "cannot be loaded", Exit.SERVICE),
        (token.uri("other curve"), "P-256", Exit.USAGE),
        (token.uri(source="env:NO_PIN_IS_HERE"), "pin-source", Exit.SERVICE),
        (token.uri(source="file:/none"), "pin-source", Exit.SERVICE),
    ):
        made = run("keys", "token", uri)
        assert (made.exit_code, made.stdout) == (code, "")
        assert reason in made.stderr
    monkeypatch.setenv("TOKEN_PIN", PIN)
    assert run("keys", "token", token.uri(source="env:TOKEN_PIN")).exit_code == 0


def test_another_key_under_the_same_name_signs_nothing(token: Token) -> None:
    key_file = token.key_file()
    shutil.rmtree(token.folder)
    token.folder.mkdir()
    token.initialize()
    token.generate("reports 1")
    with pytest.raises(SignerUnavailableError, match="another key"):
        signer(read_signing_keys(key_file.read_text())[0]).sign(b"a report")


def test_many_sign_at_once(token: Token) -> None:
    """Two signers, as of two stores, share what a library of tokens has only once in a process."""
    key = read_signing_keys(token.key_file().read_text())[0]
    both = (signer(key), signer(key))
    with ThreadPoolExecutor(6) as pool:
        proofs = list(pool.map(lambda number: sign(b"a report", both[number % 2]), range(60)))
    assert {verify(b"a report", proof, [key]).key_id for proof in proofs} == {key.kid}


@pytest.mark.parametrize(
    "uri",
    [
        "pkcs11:",
        "token=a;object=b?module-path=/m&pin-source=/p",
        "pkcs11:object=b?module-path=/m&pin-source=/p",
        "pkcs11:token=a?module-path=/m&pin-source=/p",
        "pkcs11:token=a;object=b?pin-source=/p",
        "pkcs11:token=a;object=b?module-path=/m",
        "pkcs11:token=a;object=b?module-path=/m&pin-value=4711",
        "pkcs11:token=a;object=b?module-path=/m&pin-source=/p&pin-value=4711",
        "pkcs11:token=a;object=b?module-path=/m&pin-source=|cat 4711",
        "pkcs11:token=a;token=4711;object=b?module-path=/m&pin-source=/p",
        "pkcs11:token=a;object=b;type=public?module-path=/m&pin-source=/p",
        "pkcs11:token=%ff;object=b?module-path=/m&pin-source=/p",
    ],
)
def test_a_uri_that_is_not_one_is_refused_without_its_text(uri: str) -> None:
    with pytest.raises(SettingError, match="RFC 7512") as caught:
        read_uri(uri)
    assert "4711" not in str(caught.value)


def test_a_uri_says_where_a_key_is() -> None:
    read = read_uri("pkcs11:token=My%20token;serial=77;id=%01%ff?module-path=/lib/m.so&pin-source=file:///run/pin")
    assert read == ("My token", b"77", "", b"\x01\xff", "/lib/m.so", "file:/run/pin")


def test_a_public_key_without_a_token_signs_nothing() -> None:
    public = read_signing_keys(json.dumps({"keys": [new_signing_key().as_dict(private=False)]}))[0]
    assert isinstance(signer(public), FileSigner)
    with pytest.raises(SignerUnavailableError, match="a public one"):
        signer(public).sign(b"a report")


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    key = new_signing_key()
    uri = read_uri("pkcs11:token=a;object=b?module-path=/m&pin-source=/p")
    with pytest.raises(MissingExtraError, match=r"emh_report\[pkcs11\]"):
        TokenSigner(key, uri).sign(b"a report")
