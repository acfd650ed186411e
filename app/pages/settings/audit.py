"""Settings · Audit trail: who did what to what, when and from where."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from uuid import UUID

import streamlit as st
from markupsafe import Markup

from app.settings import entering, paged, sentences, trail_csv
from app.shell import access
from app.views import notices
from app.views.html import joined, markup
from app.views.times import moment_with_utc, zone_or_utc
from foundation.database import utc_now
from identity import trail
from identity.audit import Action
from identity.brands import brands
from identity.permissions import Permission
from identity.work import working

# Not None: Streamlit takes None for "nothing chosen".
EVERYTHING, EVERYBODY = "everything", "everybody"


def page() -> None:
    """Draw the page."""
    principal = entering.entered(
        Permission.AUDIT_READ,
        "Audit trail",
        "Everything that changed here, newest first. Nobody can alter it, whoever they are.",
    )
    if principal is None:
        return
    with working(principal, needs=Permission.AUDIT_READ) as work:
        names = {brand.id: brand.name for brand in brands(work.session)}
        people = trail.actors(work)
        action, person_id = _filters(people, principal.organization_id)
        key = f"audit_{action}_{person_id}"
        found, more = paged.so_far(
            lambda cursor: trail.events(work, cursor=cursor, action=action, person_id=person_id), key
        )
    if not found:
        notices.empty("Nothing here", "No line of the trail fits these filters. Choose other ones.")
        return
    st.html(_table(found, names))
    if more:
        paged.more_button(key)


def _filters(people: Mapping[UUID, str], organization_id: UUID) -> tuple[Action | None, UUID | None]:
    with st.container(horizontal=True, vertical_alignment="bottom", key="filters"):
        action = st.selectbox(
            "What", [EVERYTHING, *Action], key="audit_action", width=280, persist_state="session",
            format_func=lambda one: sentences.CHOICES.get(one, "Everything"),
        )  # fmt: skip
        person = st.selectbox(
            "Who", [EVERYBODY, *people], key=f"audit_person_{organization_id}", width=280,
            format_func=lambda one: people.get(one, "Everybody"), persist_state="session",
        )  # fmt: skip
        chosen = Action(action) if action in set(Action) else None
        who = person if isinstance(person, UUID) else None
        st.download_button(
            "Download as CSV",
            partial(trail_csv.written, access.browser_token(), chosen, who),
            file_name=f"audit-trail-{utc_now():%Y-%m-%d}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="audit_download",
            help=f"What is filtered, newest first, at most {trail_csv.MOST:,} lines.",
        )
    return chosen, who


def _table(events: list[trail.Event], names: Mapping[UUID, str]) -> Markup:
    return markup('<div class="trail">{lines}</div>', lines=joined([_line(event, names) for event in events]))


def _line(event: trail.Event, names: Mapping[UUID, str]) -> Markup:
    who, deed = sentences.sentence(event)
    by = " (with an API key)" if event.api_key_id else ""
    told = markup(
        '<span class="when">{when}</span><span class="deed"><b>{who}</b>{by} {deed}</span>'
        '<span class="where">{ip}</span>',
        when=moment_with_utc(event.at, zone_or_utc(st.context.timezone)),
        who=who,
        by=by,
        deed=deed,
        ip=event.ip or "",
    )
    more = _details(event, names)
    if not more:
        return markup('<div class="line">{told}</div>', told=told)
    return markup("<details><summary>{told}</summary>{more}</details>", told=told, more=more)


def _details(event: trail.Event, names: Mapping[UUID, str]) -> Markup:
    """What else is known of a line: the values before and after, and the program it came from."""
    found = sentences.changes(event, names)
    table = (
        markup(
            '<div class="scroll"><table class="data"><thead><tr><th></th><th>Before</th><th>After</th></tr>'
            "</thead><tbody>{rows}</tbody></table></div>",
            rows=joined(
                [
                    markup(
                        "<tr><td>{field}</td><td>{before}</td><td>{after}</td></tr>",
                        field=change.field,
                        before=change.before,
                        after=change.after,
                    )
                    for change in found
                ]
            ),
        )
        if found
        else Markup("")
    )
    program = (
        markup('<p class="sub">From {program}</p>', program=event.user_agent) if event.user_agent else ""
    )
    return Markup("") + table + program
