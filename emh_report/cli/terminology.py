"""emh-report terminology."""

from __future__ import annotations

from pathlib import Path

import click

from emh_report import __version__
from emh_report.cli.exits import reported
from emh_report.cli.files import write_atomically
from emh_report.cli.options import catalog_options, load_settings
from emh_report.config import read_settings


@click.command()
@click.option(
    "-o", "--output", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Write here."
)
@click.option("--fhir", type=click.Choice(["r4", "r5"]), default="r4", show_default=True, help="FHIR release.")
@catalog_options
def terminology(*, folder: Path, fhir: str, site: tuple[Path, ...], maps: tuple[str, ...]) -> None:
    """Write the vocabularies as FHIR CodeSystems, ValueSets and ConceptMaps, one file for each.

    Codes of optional maps are in the concept maps only where --map names the map.
    """
    from emh_report.export.terminology import Release, file_name, to_json
    from emh_report.export.terminology import terminology as resources

    with reported(as_json=False):
        settings = read_settings(site=site, maps=maps)
        catalog = load_settings(settings)
        folder.mkdir(parents=True, exist_ok=True)
        found = resources(catalog, Release[fhir.upper()], __version__, settings.maps)
        for resource in found:
            write_atomically(folder / file_name(resource), to_json(resource), public=True)
        click.echo(f"{len(found)} resources written to {folder}")
