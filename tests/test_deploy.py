"""Files of deploy/: they are what they claim, and fit each other and the program. No container was started by this."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from emh_report import config
from emh_report.cli import main
from emh_report.delivery import read_peers
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
PEERS = (DEPLOY / "peers.toml", DEPLOY / "kubernetes" / "peers.toml")
USER = 10001


def documents(name: str) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")) if one]


def manifests() -> Iterator[dict[str, Any]]:
    (top,) = documents("kubernetes/kustomization.yaml")
    for name in top["resources"]:
        yield from documents(f"kubernetes/{name}")


def deployments() -> list[dict[str, Any]]:
    return [one for one in manifests() if one["kind"] == "Deployment"]


def container(deployment: dict[str, Any]) -> dict[str, Any]:
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(only)


def compose() -> dict[str, Any]:
    (only,) = documents("compose.yaml")
    return only


def commands() -> Iterator[list[str]]:
    yield from (container(one)["args"] for one in deployments())
    yield from (one["command"] for one in compose()["services"].values() if "command" in one)
    last = (DEPLOY / "Containerfile").read_text(encoding="utf-8").strip().splitlines()[-1]
    yield re.findall(r'"([^"]+)"', last)


def test_what_is_started_are_commands_of_this_program() -> None:
    for name, *arguments in commands():
        main.commands[name].make_context(name, arguments)  # click refuses what it does not know
    assert [name for name, *_ in commands()].count("deliver") == 2


def test_replicas_are_three_servers_and_two_workers() -> None:
    assert [one["spec"]["replicas"] for one in deployments()] == [3, 2]
    services = compose()["services"]
    assert [services[name]["deploy"]["replicas"] for name in ("server", "deliver")] == [3, 2]


def environments() -> Iterator[dict[str, str]]:
    for one in deployments():
        yield {entry["name"]: entry.get("value", "") for entry in container(one)["env"]}
    yield {**compose()["services"]["server"]["environment"], "EMH_STORE": ""}


def test_settings_are_those_of_this_program() -> None:
    for environment in environments():
        assert environment.keys() == {"EMH_STORE", "EMH_PEERS", "EMH_SIGNING_KEYS", "EMH_STORE_KEYS"}
        assert set(environment) <= config.SETTINGS.keys()


@pytest.mark.parametrize("file", PEERS, ids=["compose", "kubernetes"])
def test_the_peers_can_be_read(file: Path) -> None:
    (peer,) = read_peers(file)
    assert peer.settings.model_dump()["token_file"] == Path("/run/secrets/ehr-token")


def test_secrets_and_files_are_mounted_where_they_are_read() -> None:
    (top,) = documents("kubernetes/kustomization.yaml")
    assert top["configMapGenerator"] == [{"name": "emh-report", "files": ["peers.toml"]}]
    for one in deployments():
        spec, box = one["spec"]["template"]["spec"], container(one)
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in box["volumeMounts"]}
        assert mounts["/run/secrets"]["secret"]["secretName"] == "emh-report"
        assert mounts["/etc/emh-report"]["configMap"]["name"] == "emh-report"
        assert mounts.keys() == {"/run/secrets", "/etc/emh-report", "/tmp", "/data"}  # noqa: S108
    whole = compose()
    for service in whole["services"].values():
        assert set(service["secrets"]) <= whole["secrets"].keys()
    assert whole["services"]["server"]["volumes"] == ["./peers.toml:/etc/emh-report/peers.toml:ro"]
    assert (DEPLOY / "peers.toml").is_file()


def test_nothing_runs_as_root_or_writes_beside_its_volumes() -> None:
    for one in deployments():
        pod, box = one["spec"]["template"]["spec"]["securityContext"], container(one)["securityContext"]
        assert (pod["runAsNonRoot"], pod["runAsUser"]) == (True, USER)
        assert (box["readOnlyRootFilesystem"], box["allowPrivilegeEscalation"]) == (True, False)
        assert box["capabilities"] == {"drop": ["ALL"]}
    for name in ("server", "deliver"):
        service = compose()["services"][name]
        assert (service["user"], service["read_only"], service["cap_drop"]) == (f"{USER}:{USER}", True, ["ALL"])
    assert f"USER {USER}:{USER}" in (DEPLOY / "Containerfile").read_text(encoding="utf-8")


def test_the_health_of_servers_is_asked_where_they_listen() -> None:
    (server,) = (container(one) for one in deployments() if "ports" in container(one))
    port = int(server["args"][server["args"].index("--address") + 1].rpartition(":")[2])
    assert {server[probe]["grpc"]["port"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")} == {port}
    (service,) = (one for one in manifests() if one["kind"] == "Service")
    assert service["spec"]["ports"][0]["targetPort"] in {entry["name"] for entry in server["ports"]}
    check = compose()["services"]["server"]["healthcheck"]["test"]
    assert f"localhost:{port}" in check[-1]
    compile(check[-1], "healthcheck", "exec")


def test_the_image_has_what_is_copied_and_nothing_else() -> None:
    kept = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in kept if not (ROOT / name).exists()] == []
    recipe = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements/runtime.txt" in recipe
    assert "ARG COMPILE=1\n" in recipe
    compiler = "/build/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/dev.txt"
    assert compiler in recipe
    assert "EMH_REPORT_COMPILE=$COMPILE /build/bin/python -m hatchling build" in recipe


def test_what_is_copied_into_the_image_is_enough_to_build_it(tmp_path: Path) -> None:
    for name in re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "dist").glob("*.whl"))
