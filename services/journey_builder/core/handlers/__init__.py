"""What each type of event does to a contact, as a table."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from schemas.data import chat, voice, web_form, written
from services.journey_builder.core.facts import Fact
from services.journey_builder.core.handlers import care, forms, phone, writing

if TYPE_CHECKING:
    from services.journey_builder.core.contact import Contact

Handler = Callable[["Contact", Fact], None]

#: What each event does to a contact, beyond starting and prolonging it.
HANDLERS: dict[type, tuple[Handler, ...]] = {
    voice.IvrStarted: (phone.ivr_started,),
    voice.IvrMenuEntered: (phone.at_node, phone.menu),
    voice.IvrOptionSelected: (phone.at_node, phone.ivr_step),
    voice.IvrInputFailed: (phone.at_node, phone.ivr_step),
    voice.IvrAuthenticated: (phone.at_node, phone.ivr_step, care.authenticated),
    voice.IvrEnded: (phone.end_passage, phone.ivr_ended, phone.at_node),
    voice.CallStarted: (phone.started,),
    voice.CallQueued: (phone.end_passage, phone.queued),
    voice.CallAnswered: (phone.end_passage, phone.wait_ender("answered"), care.reached),
    voice.CallHeld: (phone.held,),
    voice.CallResumed: (phone.end_hold,),
    voice.CallTransferred: (phone.wait_ender("transferred"), phone.end_hold, care.transferred),
    voice.CallAuthenticated: (care.authenticated,),
    voice.CallTranscribed: (phone.transcribed,),
    voice.CallAbandoned: (phone.end_passage, phone.wait_ender("abandoned"), phone.end_hold, care.abandoned),
    voice.CallEnded: (phone.end_passage, phone.wait_ender("ended"), phone.end_hold, care.resolution),
    chat.ChatStarted: (writing.bot,),
    chat.ChatMessageSent: (
        writing.bot,
        writing.message,
    ),
    chat.ChatHandedOver: (
        writing.bot,
        writing.handed_over,
    ),
    chat.ChatTransferred: (
        writing.bot,
        care.transferred,
    ),
    chat.ChatAuthenticated: (
        writing.bot,
        care.authenticated,
    ),
    chat.ChatAbandoned: (writing.bot, writing.answered_in_writing, care.abandoned),
    chat.ChatEnded: (writing.bot, writing.answered_in_writing, writing.chat_ended, care.resolution),
    web_form.PageLoaded: (forms.form, forms.page),
    web_form.FormViewed: (forms.form,),
    web_form.FormStarted: (forms.form,),
    web_form.FieldChanged: (forms.form,),
    web_form.FieldFailed: (forms.form,),
    web_form.FormLeft: (forms.form,),
    web_form.SubmitFailed: (forms.form,),
    web_form.FormSubmitted: (forms.form, care.resolution),
    written.SurveyAnswered: (writing.survey, writing.said),
    written.TicketOpened: (writing.ticket,),
    written.TicketUpdated: (writing.ticket,),
    written.TicketResolved: (writing.ticket, care.resolution),
    written.TicketReopened: (writing.ticket, care.resolution),
    written.EmailReceived: (writing.asked, writing.said),
    written.EmailReplied: (writing.answered_in_writing, care.reached),
    written.SocialPosted: (writing.asked, writing.said),
    written.SocialReplied: (writing.answered_in_writing, care.reached),
    written.TouchpointHappened: (writing.said,),
}
