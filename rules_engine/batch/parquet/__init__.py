# NOTE FROM THE LEAD TO PART D (remove with the file): an own Parquet writer must not land: our rule is "outside what the
# project exists for, a well-kept library, even a slower one, beats our own code". Go back to pyarrow's (or Polars') writer,
# keep what you learnt that works with it (which columns dictionary/plain, fewer conversions, threads), and report.
"""Parquet files written from coded tables (see `batch.tables`), without making plain values of them first.

`file` lays a file out, `columns` encodes a column of a row group, `thrift` writes what stands about them in the file.
The format is at https://parquet.apache.org/docs/file-format/. What is written is the part of it that every reader has:
pages of version 1, plain or by dictionary, Zstandard.
"""
