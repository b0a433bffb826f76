"""The command line where no program is on PATH: python -m emh_report."""

from emh_report.cli import main
from emh_report.cli.program import PROGRAM

main(prog_name=PROGRAM)
