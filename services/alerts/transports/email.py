"""`mailto://`, `mailtos://`: apprise reads the address, with its templates for known providers.

We send, so that the message has a Message-ID made of its key: sent twice, it is the same mail.
"""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from typing import Any

from apprise.plugins.email import NotifyEmail

from services.alerts.transports.errors import Message, TransportError

#: "Authenticate first", and a wrong password: somebody will put it right.
_PASSWORD_CODES = (530, 535)


class Email:
    def __init__(self, service: NotifyEmail, timeout_seconds: float) -> None:
        self._service: Any = service
        self._timeout_seconds = timeout_seconds
        self._to = [address for _, address in service.targets] + sorted(service.cc | service.bcc)

    def deliver(self, message: Message) -> None:
        """One mail to all. Once one has it, it is sent: he must not get it again for the others' sake."""
        try:
            with self._connected() as server:
                server.send_message(self._mail(message), self._service.from_addr[1], self._to)
        except smtplib.SMTPRecipientsRefused as error:
            code = min(code for code, _ in error.recipients.values())
            raise _failed("every recipient is refused", code) from None
        except smtplib.SMTPResponseException as error:
            raise _failed(type(error).__name__, error.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TransportError(f"{type(error).__name__}: {error}") from None

    def _connected(self) -> smtplib.SMTP:
        service, context = self._service, ssl.create_default_context()
        if not service.verify_certificate:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        place, wait = (service.smtp_host, service.port), self._timeout_seconds
        if service.secure_mode == "ssl":
            server: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=wait, context=context)
        else:
            server = smtplib.SMTP(*place, timeout=wait)
        if service.secure_mode == "starttls":
            server.starttls(context=context)
        if service.user and service.password:
            server.login(service.user, service.password)
        return server

    def _mail(self, message: Message) -> EmailMessage:
        name, address = self._service.from_addr
        mail = EmailMessage()
        mail["Subject"] = " ".join(message["title"].split())
        mail["From"] = formataddr((name or "Journeyline", address))
        mail["To"] = ", ".join(formataddr((name or "", to)) for name, to in self._service.targets)
        mail["Date"] = formatdate()
        mail["Message-ID"] = f"<{message['key'].replace(':', '.')}@{address.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message["message"])
        return mail


def _failed(text: str, code: int) -> TransportError:
    return TransportError(f"{text} ({code})", is_permanent=code >= 500 and code not in _PASSWORD_CODES)
