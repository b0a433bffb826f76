"""Bring the catalogs of the form's languages up to date: gather its words, merge them in, compile. `make messages`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT: Final = Path(__file__).parents[1]
LOCALE: Final = ROOT / "emh_report" / "web" / "locale"
IN_TEMPLATES: Final = {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true"}
SAYING: Final = ("sources", "web")
"""Packages that say phrases."""
KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}


def extracted() -> Catalog:
    """Return every text of the form, with the files it is in."""
    catalog = Catalog()
    for path, found in _found():
        for _, message, _, context in found:
            catalog.add(message, locations=[(path.relative_to(ROOT).as_posix(), 0)], context=context)
    return catalog


def _found() -> Iterator[tuple[Path, list[tuple[int, str | tuple[str, ...], list[str], str | None]]]]:
    for path in sorted(path for name in SAYING for path in (ROOT / "emh_report" / name).rglob("*.py")):
        yield path, list(extract_from_file("python", path, keywords={"phrase": None}))
    for path in sorted((ROOT / "templates" / "web").glob("*.j2")):
        yield path, list(extract_from_file("jinja2", path, keywords=KEYWORDS, options=IN_TEMPLATES))


def catalogs() -> Iterator[tuple[Path, Catalog]]:
    """Yield the catalog of each language as it is committed."""
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/form.po")):
        with path.open("rb") as file:
            yield path, read_po(file, locale=path.parts[-3])


def compiled(catalog: Catalog) -> bytes:
    """Return a catalog as the form reads it."""
    content = BytesIO()
    write_mo(content, catalog)
    return content.getvalue()


def main() -> None:
    """Merge, write and compile every catalog; say what has no translation."""
    for path, catalog in catalogs():
        words = extracted()
        words.creation_date = catalog.creation_date
        catalog.update(words, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalog, width=0, sort_output=True, include_lineno=False)
        path.with_suffix(".mo").write_bytes(compiled(catalog))
        missing = [message.id for message in catalog if message.id and not all(texts(message.string))]
        print(f"{path.relative_to(ROOT)}: {len(catalog)} texts, {len(missing)} without a translation")
        for one in missing:
            print(f"  {one}")


def texts(text: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the forms of a text: one, or one for each number."""
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


if __name__ == "__main__":
    main()
