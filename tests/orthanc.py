"""A PACS that others wrote: Orthanc with its DICOMweb plugin on the loopback, and studies stored in it by dcmtk."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

PLUGIN: Final = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
READY_WITHIN_S: Final = 60

STUDY: Final = {
    "0008,0005": "ISO_IR 192",
    "0008,0016": "1.2.840.10008.5.1.4.1.1.4",
    "0008,0018": "2.25.4001",
    "0008,0020": "20261120",
    "0008,0030": "081500",
    "0008,0050": "ACC-77",
    "0008,0060": "MR",
    "0008,0201": "+0200",
    "0008,1030": "MR whole spine",
    "0010,0010": "Müller^Eva^Maria=山田^花子",
    "0010,0020": "MRN-77",
    "0010,0021": "HOSP",
    "0010,0030": "19800131",
    "0010,0040": "F",
    "0018,0015": "SPINE",
    "0020,000d": "2.25.4000",
    "0020,000e": "2.25.4002",
    "0020,0010": "1",
    "0020,0011": "1",
    "0020,0013": "1",
}
"""One MR image, attribute by attribute."""


def missing() -> str:
    """Return what has to be installed; empty where all is there."""
    absent = [name for name in ("Orthanc", "dump2dcm") if shutil.which(name) is None]
    absent += [] if PLUGIN.is_file() else [PLUGIN.name]
    return f"{', '.join(absent)}: not installed; .ci/run installs orthanc, orthanc-dicomweb, dcmtk" if absent else ""


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Start an empty Orthanc and give the base URL of its REST API."""
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = int(chosen.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "orthanc.json"
        settings.write_text(json.dumps(_settings(folder, port)), encoding="utf-8")
        program = shutil.which("Orthanc") or "Orthanc"
        process = subprocess.Popen([program, str(settings)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process)
            yield address
        finally:
            process.kill()
            process.wait()


def _settings(folder: str, port: int) -> Mapping[str, object]:
    return {
        "StorageDirectory": folder,
        "IndexDirectory": folder,
        "Plugins": [str(PLUGIN)],
        "HttpPort": port,
        "RemoteAccessAllowed": False,  # the loopback only
        "AuthenticationEnabled": True,
        "RegisteredUsers": {"reader": "secret"},
        "DicomServerEnabled": False,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            urllib.request.urlopen(f"{address}/system", timeout=5)  # noqa: S310 - loopback only
        except urllib.error.HTTPError:
            return  # it asks for a password
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.1)


def store(address: str, **changes: str) -> None:
    """Store one image; ``changes`` are attributes by tag, as t00100020, empty for one that is left out."""
    attributes = {**STUDY, **{f"{tag[1:5]},{tag[5:]}": value for tag, value in changes.items()}}
    lines = [f"({tag}) ?? [{value}]" for tag, value in sorted(attributes.items()) if value]
    with tempfile.TemporaryDirectory() as folder:
        dump, image = Path(folder) / "image.dump", Path(folder) / "image.dcm"
        dump.write_text("\n".join(lines) + "\n", encoding="utf-8")
        program = shutil.which("dump2dcm") or "dump2dcm"
        subprocess.run([program, "+Ug", str(dump), str(image)], check=True, capture_output=True, env=os.environ)
        request = urllib.request.Request(f"{address}/instances", image.read_bytes(), method="POST")  # noqa: S310
        request.add_header("Authorization", "Basic cmVhZGVyOnNlY3JldA==")
        urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - loopback only
