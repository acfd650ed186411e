"""What a person says about a file that it does not say itself: account, clock, columns, moment of export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import streamlit as st

from app.settings import zones
from app.views import networks
from app.views.clocks import NoTime
from app.views.times import moments, zone_or_utc
from foundation.database import utc_now
from identity.models import Brand
from platforms.registry import NETWORK_KEYS
from warehouse.importing.columns import COLUMNS, Kind
from warehouse.importing.mapping import NONE, Chosen
from warehouse.importing.moments import Order
from warehouse.importing.presets import PRESETS

AUTO: Final = "auto"
OWN_CLOCK: Final = ""
ENCODINGS: Final[Mapping[str, str]] = {
    "": "As they are found to be",
    "utf-8": "UTF-8",
    "cp1252": "Western, as Windows writes it",
    "iso8859-15": "Western, Latin-9",
    "mac_roman": "Western, as old Macs write it",
    "cp1250": "Central European",
    "cp1251": "Cyrillic",
    "cp1253": "Greek",
    "cp1254": "Turkish",
    "cp932": "Japanese",
    "gb18030": "Chinese",
}
ORDERS: Final[Mapping[Order, str]] = {
    Order.ASK: "As usual for this export",
    Order.MONTH_FIRST: "Month first: 12/31/2026",
    Order.DAY_FIRST: "Day first: 31/12/2026",
}


class Said(NamedTuple):
    """What was said. `preset` "" is what the header tells, `exported_at` (aware) None is now, `encoding` ""
    is found out.
    """

    preset: str
    chosen: Chosen
    exported_at: datetime | None
    encoding: str


def draw(kind: Kind, brand: Brand, header: Sequence[str], upload: str) -> Said | NoTime:
    """Draw the choices. `header` are the file's columns where they are known; `upload` names the file."""
    with st.expander("How the file is read", icon=":material/tune:", key=f"import_how_{upload}"):
        left, right = st.columns(2)
        with left:
            preset = _preset(kind, upload)
            account = st.text_input(
                "Account, where the file names none", key=f"import_account_{upload}",
                help="Its name, handle or id, as on the page Accounts.",
            )  # fmt: skip
            network = _network(upload)
            encoding = st.selectbox(
                "Letters", list(ENCODINGS), format_func=ENCODINGS.__getitem__, key=f"import_letters_{upload}",
                help="Say it where letters such as é look wrong in the first rows.",
            )  # fmt: skip
        with right:
            exported_at = _exported(brand, upload)
            zone = _zone(upload) if kind is Kind.POSTS else OWN_CLOCK
            order = st.selectbox(
                "Dates such as 03/04/2026", list(ORDERS), format_func=ORDERS.__getitem__,
                key=f"import_order_{upload}",
            )  # fmt: skip
        columns = _columns(kind, header, upload)
    if isinstance(exported_at, NoTime):
        return exported_at
    return Said(preset, Chosen(columns, account.strip(), network, zone, order), exported_at, encoding)


def _preset(kind: Kind, upload: str) -> str:
    labels = {one.key: one.label for one in PRESETS if one.kind is kind and not one.refused}
    chosen: str = st.selectbox(
        "Export of", [AUTO, *labels], format_func=lambda key: labels.get(key, "What its header says"),
        key=f"import_preset_{upload}",
    )  # fmt: skip
    return "" if chosen == AUTO else chosen


def _network(upload: str) -> str:
    chosen: str = st.selectbox(
        "Network, where the file names none", [AUTO, *NETWORK_KEYS],
        format_func=lambda key: "As the file says" if key == AUTO else networks.label(key),
        key=f"import_network_{upload}",
    )  # fmt: skip
    return "" if chosen == AUTO else chosen


def _zone(upload: str) -> str:
    chosen: str = st.selectbox(
        "Clock of times without an offset", [OWN_CLOCK, *zones.names()],
        format_func=lambda name: zones.label(name) if name else "As usual for this export",
        key=f"import_zone_{upload}",
    )  # fmt: skip
    return chosen


def _exported(brand: Brand, upload: str) -> datetime | NoTime | None:
    """When the file was exported, on the brand's clock; None: just now."""
    if not st.toggle(
        "It was exported earlier", key=f"import_earlier_{upload}",
        help="Its counters are true for the moment of the export. Newer numbers of the network count more.",
    ):  # fmt: skip
        return None
    zone = zone_or_utc(brand.timezone)
    local = utc_now().astimezone(zone)
    left, right = st.columns(2)
    day = left.date_input("Exported on", local.date(), max_value=local.date(), key=f"import_day_{upload}")
    clock = right.time_input("At", local.time().replace(second=0, microsecond=0), key=f"import_time_{upload}")
    found = moments(day, clock, zone) if day and clock else []
    return found[0] if found else NoTime(f"Choose a day and a time that exist in {zone.key}.")


def _columns(kind: Kind, header: Sequence[str], upload: str) -> dict[str, str]:
    """The columns that were named by hand, by canonical column."""
    if not header or not st.toggle("Name the columns by hand", key=f"import_by_hand_{upload}"):
        return {}
    found: dict[str, str] = {}
    names = list(dict.fromkeys(filter(None, header)))
    cells = st.columns(3)
    for number, one in enumerate(COLUMNS[kind]):
        choice: str = cells[number % 3].selectbox(
            one.name, [AUTO, NONE, *names],
            format_func=lambda name: {AUTO: "As usual", NONE: "Not in the file"}.get(name, name),
            key=f"import_column_{one.name}_{upload}", help=one.meaning,
        )  # fmt: skip
        if choice != AUTO:
            found[one.name] = choice
    return found
