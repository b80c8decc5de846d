"""A file to an Ibis table of a Spark that runs in this process, or where the environment says."""

from pathlib import Path
from typing import Any

import ibis


def opened(path: str) -> Any:
    """Parquet, or CSV with every column as text."""
    if not Path(path).exists():
        raise FileNotFoundError(path)
    backend = ibis.pyspark.connect(_session())
    if Path(path).suffix.lower() == ".csv":
        return backend.read_csv(path, header=True, inferSchema=False, multiLine=True, escape='"')
    return backend.read_parquet(path)


def _session() -> Any:
    from pyspark.sql import SparkSession

    made = SparkSession.builder.appName("bylaw")
    for name, value in _SETTINGS.items():
        made = made.config(name, value)
    session = made.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.sql.ansi.enabled": "false",
    "spark.sql.shuffle.partitions": "8",
}
