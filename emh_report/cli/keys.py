"""emh-report keys and verify: keys of an installation, and signatures without an installation."""

from __future__ import annotations

import errno
import json
import sys
from pathlib import Path

import click

from emh_report.cli.exits import Exit, reported
from emh_report.cli.files import write_atomically
from emh_report.cli.options import as_json as json_option

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def keys() -> None:
    """Make key files for --signing-keys and --store-keys."""


@keys.command()
@click.argument("purpose", type=click.Choice(["signing", "store"]))
@click.option("--before", metavar="FILE", type=FILE, help="Key file in use: its keys stay, behind the new one.")
@click.option("-o", "--output", metavar="FILE", type=FILE, help="New file for its owner only; else standard output.")
def new(purpose: str, before: Path | None, output: Path | None) -> None:
    """Make a key set with a new key, and behind it those that were used before."""
    from emh_report.keys import add_key, new_secret, new_signing_key, read_file

    with reported(as_json=False):
        key = new_signing_key() if purpose == "signing" else new_secret()
        made = add_key(key, read_file(before) if before else "", str(before or ""))
        if output is None:
            click.echo(made, nl=False)
        elif output.exists() and output != before:
            raise FileExistsError(errno.EEXIST, "it is there already, and may hold keys that are in use", str(output))
        else:
            write_atomically(output, made.encode())


@keys.command()
@click.argument("uri")
@click.option("--before", metavar="FILE", type=FILE, help="Key file in use: its keys stay, behind the new one.")
def token(uri: str, before: Path | None) -> None:
    """Print a key set for --signing-keys whose key stays in a PKCS#11 token, and behind it those used before.

    URI is that of RFC 7512: pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=file:FILE
    """
    from emh_report.keys import add_key, read_file
    from emh_report.signers.token import token_key

    with reported(as_json=False):
        click.echo(add_key(token_key(uri), read_file(before) if before else "", str(before or "")), nl=False)


@keys.command()
@click.argument("file", type=FILE)
def public(file: Path) -> None:
    """Print the public half of a key set for signatures: what others verify with."""
    from emh_report.keys import public_keys, read_file, read_signing_keys

    with reported(as_json=False):
        click.echo(public_keys(read_signing_keys(read_file(file), str(file))), nl=False)


@click.command()
@click.argument("file", type=FILE)
@click.option("--signature", metavar="FILE", type=FILE, help="Detached signature. [default: FILE.jws]")
@click.option("--keys", "key_file", required=True, metavar="FILE", type=FILE, help="Key set with the public keys.")
@json_option
def verify(file: Path, signature: Path | None, key_file: Path, *, as_json: bool) -> None:
    """Verify the signature of a released version. Exit code 1 where it does not hold."""
    from emh_report.keys import read_file, read_signing_keys
    from emh_report.signing import SignatureError, sha256
    from emh_report.signing import verify as verified

    with reported(as_json=as_json):
        content = file.read_bytes()
        proof = read_file(signature or file.with_name(f"{file.name}.jws")).strip()
        known = read_signing_keys(read_file(key_file), str(key_file))
    try:
        found = verified(content, proof, known)
    except SignatureError as error:
        if as_json:
            click.echo(json.dumps({"holds": False, "reason": str(error)}))
        else:
            click.echo(f"{click.style('does not hold:', fg='red', bold=True)} {error}")
        sys.exit(Exit.REPORT_HAS_ERRORS)
    if as_json:
        click.echo(json.dumps({"holds": True, "sha256": sha256(content), "key": found.key_id, "trial": found.trial}))
        return
    trial = "; this is a key for trying out, which proves nothing to others" if found.trial else ""
    click.echo(f"holds: signed with key {found.key_id}{trial}")
