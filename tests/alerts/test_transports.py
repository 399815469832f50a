"""What receivers answer, and what that means: delivered, try again, or never."""

import re
from collections.abc import Iterator
from email.header import decode_header, make_header
from typing import Any

import orjson
import pytest
from requests import Response, Session

from schemas.frictions import Kind
from services.alerts.core.board import Board
from services.alerts.core.reasons import Reason
from services.alerts.core.render import message, trial
from services.alerts.receivers import receivers_from
from services.alerts.transports.errors import Transport, TransportError
from tests.alerts.given import context, friction, us
from tests.alerts.receiving import Hook, MailServer
from tests.conftest import free_port


def an_incident(**more: Any) -> dict[str, Any]:
    board = Board(context())
    board.take(friction("f1", **more), us(0))
    return message(board.only.incident, Reason.FIRST, "first", "http://live/?incident=1")


def transport(url: str) -> Transport:
    return receivers_from(url, 2.0)[0].transport


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook(free_port())
    hook.start()
    yield hook
    hook.stop()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    mail = MailServer(free_port())
    mail.start()
    yield mail
    mail.stop()


def test_a_web_hook_gets_the_whole_incident_and_its_key(hook: Hook) -> None:
    sent = an_incident()
    transport(f"json://127.0.0.1:{hook.port}/in").deliver(sent)
    transport(f"http://127.0.0.1:{hook.port}/in").deliver(sent)
    assert hook.got == [(sent["key"], sent)] * 2
    assert sent["title"] == "Long wait at queue billing"
    assert sent["incident"]["severity"] == "medium"


@pytest.mark.parametrize(
    ("status", "is_permanent"),
    [
        (400, True),
        (410, True),
        (422, True),
        (401, False),
        (404, False),
        (429, False),
        (500, False),
        (503, False),
    ],
)
def test_only_what_will_never_be_taken_is_given_up(hook: Hook, status: int, is_permanent: bool) -> None:
    hook.status = status
    with pytest.raises(TransportError) as caught:
        transport(f"json://user:hunter2@127.0.0.1:{hook.port}/in").deliver(an_incident())
    assert caught.value.is_permanent is is_permanent
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["json", "alertmanager", "mailto"])
def test_nobody_there_is_worth_another_try(scheme: str) -> None:
    extra = "?from=a@example.com&to=b@example.com" if scheme == "mailto" else ""
    with pytest.raises(TransportError) as caught:
        transport(f"{scheme}://127.0.0.1:{free_port()}/{extra}").deliver(an_incident())
    assert not caught.value.is_permanent


def test_alertmanager_gets_an_alert_that_it_knows_again(hook: Hook) -> None:
    to = transport(f"alertmanager://127.0.0.1:{hook.port}")
    to.deliver(an_incident())
    to.deliver(trial("1", "Hello.", "http://live"))
    (_, [alert]), (_, [tried]) = hook.got
    assert alert["labels"]["alertname"] == "JourneylineIncident"
    assert alert["labels"]["touchpoint"] == "queue:billing"
    assert tried["labels"] == {"alertname": "JourneylineTest"}


def test_a_mail_says_it_in_plain_words_and_has_an_id_of_its_own(mail: MailServer) -> None:
    to = transport(f"mailto://127.0.0.1:{mail.port}/?from=jl@example.com&to=a@example.com,b@example.com")
    sent = an_incident(touchpoint="form:Anschrift#Straße", explanation="Hörte auf.")
    to.deliver(sent)
    to.deliver(sent)
    assert mail.ids == [f"<{sent['key'].replace(':', '.')}@example.com>"] * 2
    text = mail.mails[0].get_payload(decode=True)
    assert isinstance(text, bytes)
    assert "Hörte auf." in text.decode()
    assert "http://live/?incident=1" in text.decode()
    assert mail.mails[0]["To"] == "a@example.com, b@example.com"


@pytest.mark.parametrize(("answer", "is_permanent"), [("550 no such user", True), ("451 later", False)])
def test_a_refused_recipient_is_given_up_only_for_good(
    mail: MailServer, answer: str, is_permanent: bool
) -> None:
    mail.recipient_answer = answer
    to = transport(f"mailto://127.0.0.1:{mail.port}/?from=jl@example.com&to=a@example.com")
    with pytest.raises(TransportError) as caught:
        to.deliver(an_incident())
    assert caught.value.is_permanent is is_permanent
    assert mail.mails == []


def test_those_whom_the_mail_server_refused_are_told_of(mail: MailServer) -> None:
    mail.refused = {"b@example.com": "451 greylisted"}
    to = transport(f"mailto://127.0.0.1:{mail.port}/?from=jl@example.com&to=a@example.com,b@example.com")
    said = to.deliver(an_incident())
    assert said == "but not to 1 of 2 recipients, whom the mail server refused (451)"
    assert len(mail.mails) == 1


@pytest.mark.parametrize("password", ["wrong", "geheimw%C3%B6rt"])
def test_a_wrong_password_is_put_right_by_somebody_and_not_shown(password: str) -> None:
    mail = MailServer(free_port())
    mail.knows_users = True
    mail.start()
    try:
        to = transport(f"mailto://jl:{password}@127.0.0.1:{mail.port}/?from=jl@example.com&to=a@example.com")
        with pytest.raises(TransportError) as caught:
            to.deliver(an_incident())
    finally:
        mail.stop()
    assert not caught.value.is_permanent
    assert "password" in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert mail.mails == []


@pytest.mark.parametrize(
    "page",
    [
        "/x=?utf-8?q?a=0D=0ABcc:evil@example.net?=",
        "/x=?utf-8?q?a=0A=0Abody?=",
        "/x=?utf-7?q?+2AA-?=",
        "é=?us-ascii?q?=80?=",
        "/x\r\nBcc: evil@example.net",
    ],
)
def test_what_a_page_is_called_is_no_mail_header(mail: MailServer, page: str) -> None:
    to = transport(f"mailto://127.0.0.1:{mail.port}/?from=jl@example.com&to=a@example.com")
    to.deliver(an_incident(kind=Kind.SLOW_PAGE, touchpoint=f"page:{page}"))
    (got,) = mail.mails
    ours = ["Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"]
    assert [name for name in got if not name.startswith(("Content-", "MIME-", "X-"))] == ours
    subject = str(make_header(decode_header(got["Subject"])))
    assert subject.startswith("Slow page at page /x") or subject.startswith("Slow page at page é")
    assert "http://live" in str(got.get_payload())


def test_what_a_page_is_called_is_no_mark_up_of_a_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    def request(_: Session, method: str, url: str, **more: Any) -> Response:
        assert method.upper() == "POST"
        sent.append(orjson.loads(more["data"]))
        answer = Response()
        answer.status_code, answer._content = 200, b"ok" if "slack" in url else b'{"ok": true}'
        return answer

    monkeypatch.setattr(Session, "request", request)
    hostile = an_incident(touchpoint="page:/x <!channel> <https://evil.example|Log in again> <b")
    transport("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ").deliver(hostile)
    transport("tgram://123456789:abcdefg_hijklmnop/12315544/").deliver(hostile)
    transport(f"discord://{'1' * 24}/{'a' * 64}/").deliver(an_incident(touchpoint="page:/@everyone @HERE"))
    slack, telegram, discord = sent
    assert not re.search("@everyone|@here", str(discord), re.IGNORECASE)
    assert "everyone" in str(discord)
    assert "&lt;!channel&gt;" in slack["attachments"][0]["title"]
    assert "<!channel>" not in str(slack)
    assert telegram["text"].startswith("<b>Long wait at page /x &lt;!channel&gt;")
    assert telegram["text"].count("<") == 2
