"""`mailto://`, `mailtos://`: apprise reads the address, with its templates for known providers.

We send, so that the message has a Message-ID made of its key: sent twice, it is the same mail.
"""

import smtplib
import ssl
from contextlib import suppress
from email.errors import MessageError
from email.message import EmailMessage
from typing import Any

from services.alerts.transports.errors import Message, TransportError
from services.alerts.transports.mails import Party, mail_of


class Email:
    def __init__(self, service: Any, timeout_seconds: float) -> None:
        self._service = service  # apprise's NotifyEmail, whose types say too little
        self._timeout_seconds = timeout_seconds
        self._tls = ssl.create_default_context()
        if not service.verify_certificate:
            self._tls.check_hostname, self._tls.verify_mode = False, ssl.CERT_NONE
        self._from: Party = tuple(service.from_addr)
        self._shown = [(name or "", address) for name, address in service.targets]
        self._to = [address for _, address in service.targets] + sorted(service.cc | service.bcc)

    @property
    def target(self) -> str:
        """Server, sender and recipients."""
        service = self._service
        return f"{service.smtp_host}:{service.port} {self._from[1]} {' '.join(sorted(self._to))}"

    def deliver(self, message: Message) -> str | None:
        """One mail to all. Once one has it, it is sent: he must not get it again for the others' sake."""
        mail = self._written(message)
        try:
            server = self._connected()
            try:
                self._log_in(server)
                left_out = server.send_message(mail, self._from[1], self._to)
            finally:
                # A server that has the mail may fail to say goodbye.
                with suppress(OSError, smtplib.SMTPException):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            code = min(code for code, _ in error.recipients.values())
            raise _failed("every recipient is refused", code) from None
        except smtplib.SMTPAuthenticationError as error:
            # Somebody will put it right.
            raise TransportError(f"user or password is wrong ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            raise _failed(type(error).__name__, error.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TransportError(f"{type(error).__name__}: {error}") from None
        return _remark(left_out, len(self._to))

    def _written(self, message: Message) -> EmailMessage:
        try:
            mail = mail_of(message, self._from, self._shown)
            mail.as_bytes()
        except (ValueError, MessageError) as error:
            text = f"no mail can be made of it: {type(error).__name__}"
            raise TransportError(text, is_permanent=True) from None
        return mail

    def _connected(self) -> smtplib.SMTP:
        place, wait = (self._service.smtp_host, self._service.port), self._timeout_seconds
        if self._service.secure_mode == "ssl":
            return smtplib.SMTP_SSL(*place, timeout=wait, context=self._tls)
        return smtplib.SMTP(*place, timeout=wait)

    def _log_in(self, server: smtplib.SMTP) -> None:
        if self._service.secure_mode == "starttls":
            server.starttls(context=self._tls)
        if self._service.user and self._service.password:
            try:
                server.login(self._service.user, self._service.password)
            except UnicodeEncodeError:
                # Its own text holds the password.
                raise TransportError("user and password must be ASCII: mail servers take no other") from None


def _failed(text: str, code: int) -> TransportError:
    # 530 asks for a password, and somebody will give it.
    return TransportError(f"{text} ({code})", is_permanent=code >= 500 and code != 530)


def _remark(left_out: dict[str, tuple[int, bytes]], recipients: int) -> str | None:
    """Of those that the server did not take, each with its answer."""
    if not left_out:
        return None
    codes = ", ".join(sorted({str(code) for code, _ in left_out.values()}))
    return f"but not to {len(left_out)} of {recipients} recipients, whom the mail server refused ({codes})"
