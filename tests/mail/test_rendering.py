"""Templates: what people write stays text, in both parts, and in the subject."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError

from mail.message import Email, Look, Value
from mail.rendering import TEMPLATES, Rendered, render
from tests.mail.outbox import LINK

VALUES: dict[str, Value] = {
    "link": LINK,
    "link_sign_in": "https://app.example.com/sign-in",
    "link_reset": "https://app.example.com/forgot",
    "name": "Reader",
    "new": "new@example.com",
    "inviter": "owner@example.com",
    "organization": "Acme & Co.",
    "brand": "Nordlicht",
    "reminder": "",
    "role": "Editor",
    "expires": "3 March 2027",
    "what": "an authenticator app was added",
    "title": "Not published: Nordlicht",
    "words": "It was too long. Shorten it.",
    "action_words": "Open the post",
    "place": "Acme & Co.",
    "link_settings": "https://app.example.com/notification-settings",
    "reason": "one of its tokens was used twice",
    "told": [
        {"title": "Missed its time", "words": "Send it now.", "link": f"{LINK}&post={number}"}
        for number in range(2)
    ],
    "more": "And 3 more.",
}
NAMES = sorted({path.stem for path in TEMPLATES.glob("*.txt")} - {"layout"})


class _Page(HTMLParser):
    """The tags, links and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words += data


def invitation(organization: str = "Acme & Co.", colour: str = "#ffcc00") -> Rendered:
    values = VALUES | {"organization": organization}
    return render(Email("reader@example.com", "invitation", values, Look(organization, colour)))


def test_the_templates_are_those_agreed_on() -> None:
    assert NAMES == [
        "address_changed",
        "already_registered",
        "approve_post",
        "approve_posts",
        "change_address",
        "happening",
        "happenings",
        "invitation",
        "password_changed",
        "reset_password",
        "second_factor_changed",
        "sessions_ended",
        "verify_address",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_template_says_the_same_in_text_and_html(name: str) -> None:
    rendered = render(Email("reader@example.com", name, VALUES))
    page = _Page(rendered.html)
    assert rendered.subject
    assert rendered.subject not in rendered.text.splitlines()[:1]
    links = set(re.findall(r"https://\S+", rendered.text))
    assert set(page.links) == links
    for link in links:
        assert link in page.words or link == VALUES["link_reset"]
    assert "Sent by AllIN" in rendered.text
    assert "Sent by AllIN" in page.words
    assert "{{" not in rendered.text + rendered.html


def test_it_bears_the_organizations_name_and_colour() -> None:
    rendered = invitation()
    assert "Sent by AllIN for Acme & Co." in rendered.text
    page = _Page(rendered.html)
    assert "Sent by AllIN for Acme & Co." in page.words
    assert rendered.html.count("#ffcc00") == 2
    assert "color:#16181d;text-decoration:none" in rendered.html
    assert "color:#ffffff;text-decoration:none" in invitation(colour="#2456e6").html


@pytest.mark.parametrize("colour", ["red", "#fff", "#2456e6;x", "#2456e6\n", ""])
def test_a_colour_that_is_none_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="#rrggbb"):
        Look("Acme", colour)


def test_a_name_is_text_and_never_markup() -> None:
    hostile = '<img src=x onerror=alert(1)>"><b>{{ link }}</b>'
    rendered = invitation(hostile)
    page = _Page(rendered.html)
    assert {"img", "b"}.isdisjoint(page.tags)
    assert "{{ link }}" in page.words
    assert page.links == [LINK, LINK]


def test_what_is_in_a_list_is_kept_to_the_same_rules() -> None:
    told = [{"title": "<b>x</b>", "words": "http://evil.example/", "link": LINK}]
    rendered = render(Email("reader@example.com", "happenings", {**VALUES, "told": told}))
    assert "b" not in _Page(rendered.html).tags
    assert "evil.example" not in rendered.text + rendered.html
    told[0]["link"] = "javascript:alert(1)"
    with pytest.raises(ValueError, match="http or https"):
        render(Email("reader@example.com", "happenings", {**VALUES, "told": told}))


def test_a_name_becomes_no_link_in_a_mail_program() -> None:
    rendered = invitation("Win at http://evil.example/prize or evil.example")
    for part in (rendered.subject, rendered.text, _Page(rendered.html).words):
        assert "evil.example" not in part
        assert "http://" not in part
    assert "owner@example.com" in rendered.text  # an address stays one


def test_a_name_has_one_line_and_does_not_turn_the_text_around() -> None:
    rendered = invitation("Acme\r\nBcc: eve@example.com\n\n\x00\u202eevil\u2028")
    assert rendered.subject == "owner@example.com invites you to Acme Bcc: eve@example.com evil"
    assert "\n" not in rendered.subject


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example", "https://a b", "https://a\nb", ""])
def test_a_link_is_a_web_address(link: str) -> None:
    with pytest.raises(ValueError, match="http or https"):
        render(Email("reader@example.com", "verify_address", {"name": "", "link": link}))


def test_what_is_missing_is_refused() -> None:
    with pytest.raises(UndefinedError, match="link"):
        render(Email("reader@example.com", "verify_address", {"name": "Reader"}))
    with pytest.raises(TemplateNotFound):
        render(Email("reader@example.com", "nothing", {}))


@pytest.mark.parametrize(
    "to",
    [
        "reader@example.com\nBcc: eve@example.com",
        "reader@example.com, eve@example.com",
        "Reader <reader@example.com>",
        "reader@exämple.com",
        "reader@example.com>",
        "reader",
        f"{'x' * 250}@example.com",
        "",
    ],
)
def test_it_goes_to_one_plain_address(to: str) -> None:
    with pytest.raises(ValueError, match="one plain ASCII address") as refusal:
        Email(to, "verify_address", {})
    assert not to or to not in str(refusal.value)


def test_nothing_of_what_it_says_is_in_its_repr() -> None:
    email = Email("reader@example.com", "verify_address", VALUES)
    assert "s3cret" not in repr(email)
    assert "s3cret" not in repr(render(email))


@given(st.text(st.characters(), max_size=80))
def test_any_name_leaves_subject_structure_and_links_alone(name: str) -> None:
    rendered = invitation(name)
    assert len(rendered.subject.splitlines()) == 1
    assert _Page(rendered.html).tags == _Page(invitation().html).tags
    assert set(re.findall(r"https?://\S+", rendered.text)) == {LINK}
    rendered.text.encode()
    rendered.html.encode()
