"""Generated loans in the form of the South German Credit file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

HEADER = (
    "laufkont laufzeit moral verw hoehe sparkont beszeit rate famges buerge wohnzeit verm alter "
    "weitkred wohn bishkred beruf pers telef gastarb kredit"
)

# Shares of the codes in the real file, in percent, from the lowest code on.
SHARES = {
    "laufkont": (1, [27, 27, 6, 40]),
    "moral": (0, [4, 5, 53, 9, 29]),
    "verw": (0, [23, 10, 18, 28, 1, 2, 5, 1, 1, 10, 1]),
    "sparkont": (1, [60, 10, 6, 5, 19]),
    "beszeit": (1, [6, 17, 34, 18, 25]),
    "rate": (1, [14, 23, 16, 47]),
    "famges": (1, [5, 31, 55, 9]),
    "buerge": (1, [91, 4, 5]),
    "wohnzeit": (1, [13, 31, 15, 41]),
    "verm": (1, [28, 23, 34, 15]),
    "weitkred": (1, [14, 5, 81]),
    "wohn": (1, [18, 71, 11]),
    "bishkred": (1, [63, 33, 3, 1]),
    "beruf": (1, [2, 20, 63, 15]),
    "pers": (1, [16, 84]),
    "telef": (1, [60, 40]),
    "gastarb": (1, [4, 96]),
}


def generate(count: int, seed: int) -> list[str]:
    """Header and loans as lines, good loans first as in the real file, about 70 % of them good."""
    random = np.random.default_rng(seed)
    loans = {
        name: random.choice(len(shares), size=count, p=np.array(shares) / sum(shares)) + lowest
        for name, (lowest, shares) in SHARES.items()
    }
    loans["laufzeit"] = random.choice([6, 9, 12, 15, 18, 24, 30, 36, 48, 60], size=count)
    loans["hoehe"] = np.clip(random.lognormal(7.8, 0.8, count), 250, 20000).astype(int)
    loans["alter"] = np.clip(19 + random.gamma(2, 8, count), 19, 75).astype(int)
    chance = (
        0.8 * (loans["laufkont"] - 2.6)
        + 0.5 * (loans["moral"] - 2.5)
        + 0.3 * (loans["sparkont"] - 2.1)
        - 0.05 * (loans["laufzeit"] - 21)
        + 0.03 * (loans["alter"] - 35)
        + 0.6 * (loans["buerge"] == 3)
        - 0.5 * (loans["verw"] == 0)
    )
    chance += 0.8 * random.logistic(size=count)
    loans["kredit"] = (chance > np.quantile(chance, 0.3)).astype(int)
    rows = np.column_stack([loans[name] for name in HEADER.split()])
    rows = rows[np.argsort(-rows[:, -1], kind="stable")]
    return [HEADER] + [" ".join(map(str, row)) for row in rows.tolist()]


def write(path: Path, lines: list[str]) -> Path:
    """Writes lines as the real file has them, with carriage returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(line + "\r\n" for line in lines).encode("utf-8"))
    return path
