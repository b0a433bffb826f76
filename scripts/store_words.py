"""Print what stored payloads have in common: how emh_report/store/words.bin was made.

A payload refers to these bytes instead of repeating them (zlib, preset dictionary, RFC 1950 section 2.2). What was
stored with them can only be opened with them: the file never changes, and better ones would be a second file.
"""

import json
import re
import sys
from collections import Counter
from dataclasses import replace

from emh_report.context import ReportIdentity, ReportStatus
from emh_report.errors import InvalidReportError
from emh_report.lifecycle import TABLE, Action, Actor, Rank
from emh_report.store.compose import Step, compose, pinned
from emh_report.wire.document import read_document
from emh_report.wire.draft import write_draft
from tests.case_files import CASES, SYNTHETIC, catalog, read_report, synthetic_context

PACKED, WORDED, WHOLE = 12_000, 11_000, 9_000
"""Bytes of answers as working copies have them, of answers and clauses as documents have them, and of one fictional
document; zlib looks back no further than 32 KiB, and what stands last costs least to refer to."""

LONGEST_ITEM, SHORTEST, LONGEST = 160, 6, 90


def documents() -> list[bytes]:
    """Return every published and every fictional report as the document of a version."""
    files = [(folder / "draft.json", folder / "context.json") for folder in sorted(CASES.iterdir()) if folder.is_dir()]
    files += [(file, synthetic_context(file)) for file in sorted(SYNTHETIC.glob("*/draft*.json"))]
    found = []
    for draft_file, context_file in files:
        draft, context = read_report(draft_file, context_file)
        context = replace(context, report=ReportIdentity(context.report.identifier))
        for action in (Action.FINALIZE, Action.RELEASE_PRELIMINARY):
            actor, way = Actor(context.author, Rank.ATTENDING), TABLE[ReportStatus.DRAFT][action]
            step = Step(action, way, actor, "", "2026-01-01T10:00:00+01:00")
            try:
                found.append(compose(catalog(), pinned(catalog(), draft), context, None, step).content)
            except InvalidReportError:
                continue
            break
    return found


def words(found: list[bytes]) -> bytes:
    """Return what several documents and working copies have, the most frequent last, then most of one document."""
    answers: Counter[bytes] = Counter()
    texts: Counter[bytes] = Counter()
    for content in found:
        draft = write_draft(read_document(content).draft)
        answers.update({item.SerializeToString() for group in draft.groups for item in group.items})
        members = json.loads(content)
        groups = members["draft"].get("groups", [])
        items = [json.dumps(item, ensure_ascii=False, separators=(",", ":")) for g in groups for item in g["items"]]
        clauses = re.split(r"(?<=[.:;]) |\n", members["narrative"])
        texts.update({text.encode() for text in items if len(text) < LONGEST_ITEM})
        texts.update({text.encode() for text in clauses if SHORTEST < len(text) < LONGEST})
    return _joined(answers, PACKED) + _joined(texts, WORDED) + max(found, key=len)[:WHOLE]


def _joined(counts: Counter[bytes], size: int) -> bytes:
    found = b""
    for word, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        if count > 1 and len(word) < LONGEST_ITEM and word not in found and len(found) + len(word) < size:
            found = word + found
    return found


if __name__ == "__main__":
    sys.stdout.buffer.write(words(documents()))
