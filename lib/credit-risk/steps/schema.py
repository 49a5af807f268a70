"""Columns of the South German Credit data set and of the features made from them.

The TypeScript twin is schema.ts in the folder above; a test keeps the two equal.
Codes: U. Groemping, South German Credit Data: Correcting a Widely Used Data Set, 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

QUANTITY = "quantity"
ORDINAL = "ordinal"
BINARY = "binary"
NOMINAL = "nominal"
LABEL = "label"


@dataclass(frozen=True)
class Column:
    """One column: its name here, its name in the file, its kind and its range of whole numbers."""

    name: str
    source: str
    kind: str
    minimum: int
    maximum: int

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the model's features that this column becomes, in order."""
        if self.kind == LABEL:
            return ()
        if self.kind == NOMINAL:
            return tuple(f"{self.name}_{code}" for code in range(self.minimum, self.maximum + 1))
        return (self.name,)


COLUMNS: tuple[Column, ...] = (
    Column("status", "laufkont", NOMINAL, 1, 4),
    Column("duration", "laufzeit", QUANTITY, 1, 120),
    Column("credit_history", "moral", NOMINAL, 0, 4),
    Column("purpose", "verw", NOMINAL, 0, 10),
    Column("amount", "hoehe", QUANTITY, 1, 1_000_000),
    Column("savings", "sparkont", NOMINAL, 1, 5),
    Column("employment_duration", "beszeit", ORDINAL, 1, 5),
    Column("installment_rate", "rate", ORDINAL, 1, 4),
    Column("personal_status_sex", "famges", NOMINAL, 1, 4),
    Column("other_debtors", "buerge", NOMINAL, 1, 3),
    Column("present_residence", "wohnzeit", ORDINAL, 1, 4),
    Column("property", "verm", ORDINAL, 1, 4),
    Column("age", "alter", QUANTITY, 18, 120),
    Column("other_installment_plans", "weitkred", NOMINAL, 1, 3),
    Column("housing", "wohn", NOMINAL, 1, 3),
    Column("number_credits", "bishkred", ORDINAL, 1, 4),
    Column("job", "beruf", ORDINAL, 1, 4),
    Column("people_liable", "pers", BINARY, 1, 2),
    Column("telephone", "telef", BINARY, 1, 2),
    Column("foreign_worker", "gastarb", BINARY, 1, 2),
    Column("credit_risk", "kredit", LABEL, 0, 1),
)

LABEL_NAME = "credit_risk"
FEATURE_NAMES: tuple[str, ...] = tuple(name for column in COLUMNS for name in column.features)
