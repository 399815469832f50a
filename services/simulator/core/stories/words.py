"""What people say: a few sentences by mood, for texts and their sentiment."""

from services.simulator.core.dice import Dice, one_of

GLAD = ("Thank you, that was quick.", "Great, it works now.", "You have been very kind.")
PLAIN = ("I have a question about my contract.", "Can you look that up for me?", "I am still here.")
CROSS = (
    "This is the third time I have to explain this.",
    "I have been waiting for ages.",
    "Nobody tells me anything.",
    "That is not what I was promised.",
)


def said(dice: Dice, mood: float) -> dict[str, object]:
    """A sentence and the sentiment that a platform would hear in it."""
    heard = round(max(-0.95, min(0.95, mood + (dice.random() - 0.5) * 0.8)), 2)
    words = GLAD if heard > 0.3 else CROSS if heard < -0.3 else PLAIN
    return {"text": one_of(dice, words), "sentiment": heard}
