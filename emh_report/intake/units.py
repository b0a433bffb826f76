"""Whether a code is a unit of UCUM: its grammar, with the atoms that medicine uses (UCUM 2.2, sections 2 and 4)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from emh_report.intake.lists import listed

PREFIXES: Final = listed("Y Z E P T G M k h da d c m u n p f a z y Ki Mi Gi Ti")
METRIC: Final = listed(
    "m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv",
    "l L ar t bar u eV pc dyn erg P St Bi Oe",
    "Mx G Ci R RAD REM cal [Cal] kat U [iU] [IU] osm eq g% m[Hg] m[H2O] bit By Bd Np B B[SPL] B[V] B[W] b st",
)
OTHER: Final = listed(
    "10* 10^ [pi] % [ppth] [ppm] [ppb] [pptr] gon deg ' '' min h d a_t a_j a_g a",
    "wk mo_s mo_j mo_g mo AU atm [c] [h] [k]",
    "[g] [in_i] [ft_i] [yd_i] [mi_i] [nmi_i] [sin_i] [sft_i] [cin_i] [cft_i]",
    "[lb_av] [oz_av] [gr] [stone_av] [in_us]",
    "[ft_us] [gal_us] [qt_us] [pt_us] [foz_us] [cup_us] [tbs_us] [tsp_us] [cup_m]",
    "[tbs_m] [tsp_m] [foz_m] [degF] [degR]",
    "[drp] [diop] [p'diop] [Ch] [HPF] [LPF] [pH] [S] [MET] [CCID_50] [TCID_50]",
    "[EID_50] [FFU] [CFU] [PFU] [Lf] [psi]",
    "[arb'U] [USP'U] [beth'U] [Amb'a'1'U] [D'ag'U] [knk'U] [mclg'U] [GPL'U] [MPL'U] [APL'U] [dye'U] [smgy'U]",
    "[bdsk'U] [ka'U] [todd'U] [anti'Xa'U] [BAU] [AU] [EU] [HU] [ELU] [hnsf'U]",
    "[Btu] [HP] [in_i'H2O] [in_i'Hg] circ sph",
)

_ATOM: Final = "|".join(
    sorted(
        (re.escape(one) for one in {*OTHER, *METRIC, *(prefix + unit for prefix in PREFIXES for unit in METRIC)}),
        key=lambda one: -len(one),
    )
)
_PART: Final = rf"(?:(?:{_ATOM})(?:[+-]?\d+)?(?:\{{[!-z|~]*\}})?|\{{[!-z|~]*\}}|\d+(?:\{{[!-z|~]*\}})?)"
_TERM: Final = re.compile(rf"/?{_PART}(?:[./]{_PART})*", re.ASCII)
_INNER: Final = re.compile(r"\(([^()]*)\)")
LONGEST: Final = 100


@lru_cache(1024)
def is_unit(code: str) -> bool:
    """Whether a code is a unit of UCUM."""
    if len(code) > LONGEST:
        return False
    while inner := _INNER.search(code):
        if _TERM.fullmatch(inner[1]) is None:
            return False
        code = code[: inner.start()] + "1" + code[inner.end() :]
    return _TERM.fullmatch(code) is not None
