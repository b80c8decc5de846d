"""The same decisions over columns, by Ibis: on DuckDB in this process, or where the table lives."""
