"""A message as a mail: its Message-ID is made of its key, so that sent twice it is the same mail."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formataddr, formatdate

from services.alerts.transports.errors import Message

#: A name that people read, and an address.
Party = tuple[str, str]


def mail_of(message: Message, sender: Party, to: Sequence[Party]) -> EmailMessage:
    name, address = sender
    mail = EmailMessage()
    # Who names a page or a form writes this, too: encoded words would be decoded, with the line ends in them.
    mail["Subject"] = " ".join(message["title"].split()).replace("=?", "= ?")
    mail["From"] = formataddr((name or "Journeyline", address))
    mail["To"] = ", ".join(formataddr(party) for party in to)
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{message['key'].replace(':', '.')}@{address.rpartition('@')[2]}>"
    # No out-of-office replies, please.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message["message"])
    return mail
