"""Record preprocessor of the data quality monitor.

Model Monitor puts the model's answer before the features of a captured request, but the baseline is made before
there is a model and knows the features alone.
"""

from __future__ import annotations

from typing import Any


def preprocess_handler(inference_record: Any) -> list[dict[str, str]]:
    """Gives one record for each loan of a request: its features, under names that sort like the columns."""
    loans = inference_record.endpoint_input.data.splitlines()
    return [
        {str(column).zfill(3): value.strip() for column, value in enumerate(loan.split(","))}
        for loan in loans
        if loan.strip()
    ]
