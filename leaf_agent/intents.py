"""What the user means where it is no answer: a change of the request, or its end. Decided by code, with care.

A needless new plan costs more than an answer read twice, so what is not clearly a change or a cancel is an answer.
Unasked words are the other way round: who speaks up in the middle of the work wants it done in another way.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final, Literal

ReplyIntent = Literal["answer", "change", "cancel"]
RemarkIntent = Literal["change", "cancel", "courtesy"]
Consent = Literal["yes", "no", "unclear"]

_FEW: Final = 7
"""Words that a plain value has at most."""


def _any(*patterns: str) -> str:
    return f"(?:{'|'.join(patterns)})"


_THING = _any(
    "it", "that", "this", "everything", "all of (?:it|that)", "the (?:whole )?(?:thing|request|job|task|lot)",
    "my request", "what i (?:said|asked)",
)  # fmt: skip
_DONT = "do ?n[o']?t"
_CANCEL = re.compile(
    _any(
        f"never ?mind(?: {_THING})?", "nvm", f"forget(?: about)? {_THING}",
        f"(?:cancel|abort|stop|quit|drop|scrap|scratch|skip|disregard|belay|ignore)(?: {_THING})?",
        "stop (?:here|there|now|right (?:here|there|now))", "call it off", "leave (?:it|that)(?: be| alone| at that)?",
        "let it be", f"let'?s (?:leave|forget|drop|skip) {_THING}", "let'?s not", f"{_DONT} bother",
        "no need(?: any ?more| any longer| for (?:it|that))?", "not needed(?: any ?more| any longer)?",
        f"(?:i|we) (?:{_DONT}|no longer) (?:need|want) (?:it|that|this|anything)(?: any ?more| any longer)?",
        "(?:i have |i've |we have |we've )?changed (?:my|our) minds?",
        "it(?:'s| is| has)(?: just)?(?: been)? (?:settled|off|obsolete)",
        "(?:it |that |this )?(?:doesn'?t matter|is no longer needed|isn'?t needed(?: any ?more)?)",
    )
)  # fmt: skip
_CANCEL_UNASKED = re.compile(_any(f"{_DONT}(?: do (?:it|that|this|anything))?", "do nothing", "halt", "hands off"))
_CANCEL_VERBS = re.compile(r"\b(cancel|stop|drop|skip|leave|forget|abort|scrap|quit|ignore)\b")
_POLITE = re.compile(r"\b(?:please|pls|plz|thanks|thank you|thx|sorry|anyway|over|ok|okay|oh|well)\b")
_FILLER = re.compile(
    r"\b"
    + _any(
        "please", "pls", "plz", "thanks", "thank you", "thx", "cheers", "anyway", "anyhow", "sorry",
        "i'?m (?:so )?sorry", "ok", "okay", "oh", "ah", "hm+", "well", "actually", "then", "just", "for now",
        "after all", "again", "over", "wait", "right", "you know what", "no", "so", "all", "now", "at once",
        "immediately", "on second thoughts?", "on reflection", "come to think of it",
    )
    + r"\b"
)  # fmt: skip
_COURTESY = re.compile(
    "(?:"
    + _any(
        "(?:many )?thanks(?: a lot| so much)?", "thank you(?: (?:so|very) much)?", "thx", "cheers", "ok(?:ay)?",
        "fine", "good", "great", "perfect", "super", "nice", "alright", "all right", "understood", "got it", "i see",
        "roger", "copy", "yes", "yep", "sure", "go on", "go ahead", "carry on", "hurry(?: up)?", "hello", "hi", "hey",
        "are you (?:still )?there", "still there", "take your time", "no (?:hurry|rush|problem|worries)", "well done",
        "wow", "hm+", "please", "that'?s (?:good|fine|great)", "i'?ll wait", "i'?m waiting", "and",
    )
    + "(?: |$))+"
)  # fmt: skip
_CHANGED = re.compile(
    r"\b"
    + _any(
        "instead", "insted", "in (?:its|their|his|her) (?:place|stead)", "never ?mind", "nvm",
        "forget (?:the|about|what|it|that|line|order)", "change of (?:plans?|heart|mind)", "different plan",
        "changed? (?:my|our) minds?", "on (?:second thoughts?|reflection)", "come to think", "correction",
        "scratch that", "scrap that", "belay", "disregard", "drop (?:that|it|this)", "cancel (?:that|this|it|the|my)",
        "called? off", "take (?:that|it) back", "thought of something", "change (?:that|this|it) to", "negative on",
        "let it be", "hold it", "undo", "mixed (?:it|them|up|the)", "my mistake", "i misread",
        "wrong (?:one|line|order|machine|load|part|shelf|row|drawer|asset|station)", "you know what",
        "none of those", "not that one", "one more thing", "while you'?re at it", "in addition", "as well",
        "on top of that", "before (?:that|you do)", "after that", "(?:i|we|he|she|they)'?d rather(?! not)",
        "rather have",
    )
    + r"\b"
)  # fmt: skip
_HOLD = re.compile(r"\b(?:wait|wiat|hold on|hang on|stop|sorry)\b")
_LOOKS = re.compile(r"\blet me (?:see|look|check|think)\b|^wait (?:for )?[\w. ]*\d[\w. ]*$")
_UNWANTED = re.compile(
    r"\b"
    + _any(
        f"(?:{_DONT}|doesn'?t|no longer|not) (?:need|want|hold|stop|shift|move|touch|order|buy|do)",
        "(?:is|are|was)(?: not|n'?t) (?:needed|wanted|to be|any)", r"nothing (?:is )?to (?:be )?\w+",
        "leave (?:the|that|line|order|it)", "stays?", "keeps?", "as (?:it|they) (?:is|are|was|were)", "as planned",
        "any ?more", "any longer", "after all",
    )
    + r"\b"
)  # fmt: skip
_WISH = re.compile(
    r"\b"
    + _any(
        "tell", "report", "give me", "let me (?:know|have)", "show", "read", "count", "check", "find out", "list",
        "say", "set", "put", "turn", "take", "run", "start", "switch", "order", "buy", "reduce", "raise", "lower",
        "slow", "charge", "discharge", "isolate", "lock", "release", "create", "stop", "send", "look up",
    )
    + r"\b"
)  # fmt: skip
_ASKS = re.compile(r"\bhow (?:many|much|long|far|fast)\b|\bwhat(?:'s| is| was| were| are| had| has| did)?\b|\bwhich\b")
_ASKS_BACK = re.compile(
    r"\b"
    + _any(
        "you (?:mean|need|recommend|suggest|think|want)", "possible", "allowed", "usual", "options?", "choices?",
        "normal", "(?:are|is) there", "should i", "do i", "can i", "depends",
    )
    + r"\b"
)  # fmt: skip
_WEAK = re.compile(r"^(?:no|nope|actually|actualy|sorry|oh|hm+|ah|well|also|and)\b|\b(?:actually|actualy|also|too)\b")
_ANSWERED = re.compile(
    r"^(?:(?:no|oh|well|sorry|hm+|actually),? )*"
    + _any(
        "i (?:mean|meant|want|said|think)", "make it", "set it to", "let'?s say", "it'?s", "it is", "it should",
        "that would", "that'?s", "put down", "give it to", r"let [\w.' -]+ do it", "they have to", "look up",
        "we need", "take",
    )
    + r"\b"
)  # fmt: skip
_OPEN = re.compile(r"\bwhat (?:should|shall|do|would|can|must|is)\b.*\b(?:do|done|happen)\b|\b(?:which|what) action\b")
_LEAD = re.compile(r"^(?:(?:please|well|oh|hm+|um+|uh)[ ,]+)+")
_YES = re.compile(
    _any(
        "yes", "yeah", "yep", "yup", "aye", "sure", "ok", "okay", "correct", "right", "affirmative", "confirmed?",
        "go", "do (?:it|that|so)", "please do", "agreed", "of course", "certainly", "absolutely", "fine", "proceed",
        "by all means", "carry on", "i (?:do|agree|confirm)", "exactly", "definitely", "alright",
    )
    + r"\b"
)  # fmt: skip
_NO = re.compile(
    _any(
        "no", "nope", "nay", "negative", "never", _DONT, "do not", "not (?:now|yet|today|that)", "rather not",
        "better not", "i'?d rather not", f"i (?:{_DONT}|disagree|decline|refuse)", "declined?", "denied", "stop",
        "leave it",
    )
    + r"\b"
)  # fmt: skip
_NOT_YES = re.compile(rf"\b(?:{_DONT}|do not|not|never|but|unless|except|only|if|instead|wait|no)\b")


def reply_intent(
    text: str, question: str = "", choices: Collection[str] = (), others: Collection[str] = ()
) -> ReplyIntent:
    """Say what a reply to a question is.

    `choices` are values that the question leaves open, `others` the names of things that it does not ask for.
    """
    said, asked = _plain(text), _plain(question)
    short = len(said.split()) <= _FEW
    if short and any(_names(said, choice) for choice in choices):
        return "answer"
    verbs = set(_CANCEL_VERBS.findall(said))
    if short and verbs and (verbs & set(_CANCEL_VERBS.findall(asked)) or _OPEN.search(asked)):
        return "answer"
    if _is_cancel(said):
        return "cancel"
    return "change" if _is_change(said, others) else "answer"


def remark_intent(text: str) -> RemarkIntent:
    """Say what is meant by words that nobody asked for."""
    said = _plain(text)
    bare = _bare(said)
    if not bare or _COURTESY.fullmatch(bare):
        return "courtesy"
    return "cancel" if _is_cancel(said) or _CANCEL_UNASKED.fullmatch(_core(said)) else "change"


def consent(text: str) -> Consent:
    """Read the answer to a question for a yes. Only a plain yes is one."""
    said = _bare(_plain(text))
    bare = _LEAD.sub("", said)
    if _NO.match(bare):
        return "no"
    if (_YES.match(bare) or _YES.match(said)) and not _NOT_YES.search(bare):
        return "yes"
    return "unclear"


def _is_cancel(said: str) -> bool:
    parts = [part for part in re.split(r"[.!?,;:]| - ", said) if _core(part)]
    return bool(parts) and (all(_calls_off(part) for part in parts) or _calls_off(said))


def _calls_off(said: str) -> bool:
    bare = _bare(said)
    civil = " ".join(_POLITE.sub(" ", bare).split())
    return any(_CANCEL.fullmatch(one) for one in (bare, civil, _core(said)))


def _is_change(said: str, others: Collection[str]) -> bool:
    count = len(_bare(said).split())
    if _CHANGED.search(said):
        return count > 1
    if _HOLD.search(said) and count > 5 and not _LOOKS.search(said):
        return True
    if count > _FEW and (_UNWANTED.search(said) or (_WISH.search(said) and not _ANSWERED.match(said))):
        return True
    if count >= 6 and _ASKS.search(said) and not _ASKS_BACK.search(said):
        return True
    return bool(_WEAK.search(said)) and any(_names(said, name) for name in others)


def _names(said: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(_plain(name))}\b", said) is not None


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("_", " ").split())


def _bare(said: str) -> str:
    return " ".join(re.sub(r"[^\w' ]", " ", said).split())


def _core(said: str) -> str:
    return " ".join(_FILLER.sub(" ", _bare(said)).split())
