"""How other programs connect: addresses and first lines to copy. Passwords are never in them."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.database import address_parts


@dataclass(frozen=True)
class Server:
    """Where the mirror is: a host name with a port, or the folder of a socket on the same machine."""

    host: str
    port: str
    database: str

    @property
    def local(self) -> bool:
        """Whether only programs on the same machine reach it."""
        return self.host.startswith("/") or self.host in ("localhost", "127.0.0.1", "::1")


def server(url: str) -> Server:
    """Where an address of PostgreSQL leads, without who connects and how.

    Raises:
        PostgresError: it is no address.
    """
    parts = address_parts(url)
    return Server(
        str(parts.get("host") or parts.get("hostaddr") or "localhost"),
        str(parts.get("port") or 5432),
        str(parts.get("dbname") or "postgres"),
    )


# ruff: noqa: S608 - text for people to copy, which nothing here runs


def psql(server: Server, role: str) -> str:
    """A line for the shell; psql asks for the password."""
    return f'psql "host={server.host} port={server.port} dbname={server.database} user={role}"'


def python(server: Server, role: str) -> str:
    """A program that reads a mart into a frame."""
    return f"""\
import os
import polars as pl
import psycopg

with psycopg.connect(
    host="{server.host}",
    port={server.port},
    dbname="{server.database}",
    user="{role}",
    password=os.environ["ALLIN_READER_PASSWORD"],
) as connection:
    accounts = pl.read_database("SELECT * FROM marts.dim_accounts", connection)
print(accounts)"""


def duckdb(server: Server, role: str) -> str:
    """Statements for DuckDB; the password comes from PGPASSWORD."""
    return f"""\
INSTALL postgres;
LOAD postgres;
ATTACH 'host={server.host} port={server.port} dbname={server.database} user={role}'
  AS allin (TYPE postgres, SCHEMA 'marts', READ_ONLY);
SELECT * FROM allin.marts.dim_accounts;"""


def duckdb_file(name: str) -> str:
    """A program that opens the file with all marts."""
    return f"""\
import duckdb

with duckdb.connect("{name}", read_only=True) as connection:
    print(connection.sql("SHOW TABLES"))
    accounts = connection.sql("SELECT * FROM dim_accounts").pl()"""


def fields(server: Server, role: str) -> dict[str, str]:
    """What BI tools (Metabase, Tableau, Power BI, Superset, Grafana) ask for."""
    return {
        "Kind of database": "PostgreSQL",
        "Host": server.host,
        "Port": server.port,
        "Database": server.database,
        "Schema": "marts",
        "User": role,
        "Password": "the one that was shown when the reader was made",
    }
