"""Goals that nobody names: told by the menu, form, queue or topic that a customer chose."""

from msgspec import Struct

from services.journey_builder.core.globs import Globs, fits


class GoalRule(Struct, frozen=True):
    """A goal, and the places of one event that tell it; every one that is given must match."""

    goal: str
    tenant: Globs = ()
    queue: Globs = ()
    form: Globs = ()
    node: Globs = ()
    option: Globs = ()
    topic: Globs = ()

    def matches(
        self, queue: str | None, form: str | None, node: str | None, option: str | None, topic: str | None
    ) -> bool:
        return (
            fits(self.queue, queue)
            and fits(self.form, form)
            and fits(self.node, node)
            and fits(self.option, option)
            and fits(self.topic, topic)
        )
