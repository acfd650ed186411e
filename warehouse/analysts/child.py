"""The process that runs one person's SQL on one file, and nothing else. `warehouse.analysts.run` starts it.

It knows no secret and no setting: it reads a job from its standard input, closes every door of its own and of
DuckDB's, and writes the rows as an Arrow stream to its standard output and what there is to say to its
standard error, as JSON; what DuckDB prints by itself (profiles, logs) goes nowhere. See https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import signal
import sys
from typing import Any, Final

BATCH: Final = 8192  # rows
LONGEST: Final = 2000  # characters of an error: SQL can raise one of any length
MIB: Final = 2**20
OWN: Final = (
    1536 * MIB
)  # bytes of addresses that Python, its libraries and their stacks take up beside DuckDB


def main() -> None:
    """Run the job; the exit code is 0 when there is an answer, 1 when the SQL was refused."""
    job = json.load(sys.stdin)
    _confine(job)
    answer, say = (os.fdopen(os.dup(number), mode) for number, mode in ((1, "wb"), (2, "w")))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    import duckdb  # after the limits, so that they hold for all of it
    import pyarrow as pa

    try:
        said = _run(duckdb, pa, job, answer)
    except (duckdb.Error, MemoryError, pa.ArrowException, OSError) as error:
        said = {"error": str(error)[:LONGEST] or type(error).__name__, "kind": type(error).__name__}
        said["too_large"] = isinstance(error, OSError) and error.errno == errno.EFBIG
    json.dump(said, say)
    say.flush()
    os._exit(
        1 if "error" in said else 0
    )  # nothing is left to tidy up, and an interpreter at its limit may not end


def _confine(job: dict[str, Any]) -> None:
    """Bounds that the kernel holds, whatever DuckDB does."""
    signal.alarm(job["seconds"] + 5)  # should whoever started this be gone
    limits = {
        resource.RLIMIT_CPU: job["seconds"] + 5,
        resource.RLIMIT_AS: job["memory_mb"] * MIB + OWN,
        resource.RLIMIT_FSIZE: job["answer_mb"] * MIB,
        resource.RLIMIT_CORE: 0,
    }
    for name, limit in limits.items():
        with contextlib.suppress(ValueError):  # macOS has no bound of addresses; DuckDB's own holds there too
            resource.setrlimit(name, (limit, limit))


def _shut() -> None:
    """From here on no file and no socket can be opened: a bound of the kernel, in case DuckDB's own has a
    gap.
    """
    highest = max(int(name) for name in os.listdir("/dev/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))


def _run(duckdb: Any, pa: Any, job: dict[str, Any], answer: Any) -> dict[str, Any]:
    connection = duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": f"{job['memory_mb']}MB",
            "temp_directory": "",  # what does not fit into memory is refused, not spilled
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,  # a name in SQL is a table, never a variable of ours
        },
    )
    path = job["path"].replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS marts (READ_ONLY)")
    connection.execute("USE marts")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    _shut()
    connection.execute(job["statement"])
    if connection.description is None:
        return {"rows": 0, "cut": False, "streamed": False}
    return _written(connection.to_arrow_reader(BATCH), pa, job["rows"], answer)


def _written(reader: Any, pa: Any, most: int, answer: Any) -> dict[str, Any]:
    """Write the rows, and at most `most` of them."""
    written, cut = 0, False
    with pa.ipc.new_stream(answer, reader.schema) as stream:
        for batch in reader:
            taken = batch.slice(0, most - written)
            stream.write_batch(taken)
            written += taken.num_rows
            if taken.num_rows < batch.num_rows:
                cut = True
                break
    answer.flush()
    return {"rows": written, "cut": cut}


if __name__ == "__main__":
    main()
