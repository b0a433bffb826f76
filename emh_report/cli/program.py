"""What the running program is called by in the current folder, for commands that people copy."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

PROGRAM: Final = "emh-report"


def called() -> str:
    """Return the words that start this program again: its name where PATH finds it, else how it was started."""
    script = Path(sys.argv[0])
    if script.name == "__main__.py":
        return f"{shown(Path(sys.executable))} -m {script.parent.name}"
    if script.stem != PROGRAM or not script.exists():  # started by other means, such as a test
        return PROGRAM
    found = shutil.which(PROGRAM)
    return PROGRAM if found is not None and Path(found).samefile(script) else shown(script)


def shown(path: Path) -> str:
    """Return ``path`` for a command line: from the current folder, or from the root where that is shorter."""
    relative = os.path.relpath(path)
    if os.sep not in relative:
        relative = f"{os.curdir}{os.sep}{relative}"  # a bare name would be looked for on PATH
    return shlex.quote(min(relative, str(path.absolute()), key=len))
