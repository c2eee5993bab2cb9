"""What kind of sentence is it? Asking, wanting a yes or no, closing, vague, or only telling: by rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Vague = Literal["", "all", "thing", "number"]

_ABBREVIATED = ((r"\bno\.", "number"), (r"\bnr\.", "number"), (r"\be\.g\.", "eg"), (r"\bi\.e\.", "ie"), (r"\bvs\.", "vs"))
_BULLET = re.compile(r"\s*\n\s*(?:[-*•]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+")
_SENTENCE = re.compile(r"[^.?!;\n]+(?:[.!](?=[\w])[^.?!;\n]+)*[.?!;]*")
_WH = re.compile(r"\b(?:which|what|who|whom|whose|when|where|why|how)\b(?! you (?:want|mean|need|meant|wish)\b)")
_RELATIVE = re.compile(r"(?<=\w )(?:who|which|where|when|what)(?= (?:is|are|was|were|has|have|had) \w+(?:ed|ing)\b)")
_VERBS = (
    r"(?:tell|telling|give|giving|specify|specifying|provide|providing|name|naming|state|stating|enter|choose|pick|send"
    r"|indicate|clarify|clarifying|supply|share|sharing|say|select|repeat|advise|let|point|help|remind|explain|know)"
)
_REQUESTS = re.compile(
    rf"\b(?:can|could|would|will|might|may) you\b(?: \w+){{0,3}} {_VERBS}\b"
    rf"|\b(?:may|can|could|might) (?:i|we)\b(?: \w+){{0,2}} (?:have|get|ask|know|learn)\b"
    r"|\b(?:can|could|would|will) you be more (?:specific|precise|exact)\b|\b(?:can|could|would|will) you elaborate\b"
    r"|\bdo you (?:happen to )?(?:know|remember|have)\b|\bis there an?y?\b"
)
_ASKS = re.compile(
    r"\?|\b(?:please|pls|need|needs|needed|require[sd]?|missing|lack\w*|unclear|unknown|forgot\w*|without|wonder\w*"
    r"|tell me|give me|let me know|specify|provide|state|name|enter|choose|pick|select|clarify|confirm|indicate|supply"
    r"|share|which|what|how|who|whom|whose|must (?:know|have)|have to (?:know|have)|(?:like|want|got|love) to know"
    r"|(?:not|n't)(?: been)? (?:know|tell|say|said|continue|proceed|sure|given?|specify|specified|told|mention|mentioned"
    r"|clear))\b|[:=]\s*$"
)
_CONFIRMS = re.compile(r"\bplease confirm\b|\bconfirm (?:that|this|it)\b|\byes or no\b|\by/n\b|\bif that(?:'s| is) (?:ok|right|fine)")
_FILLER = re.compile(
    r"^(?:\W|\b(?:so|and|or|but|then|ok|okay|well|also|now|sorry|thanks|thank you|understood|sure|alright|all right|hm+"
    r"|right|just (?:to be sure|to confirm|checking)|to (?:be sure|confirm)|yes|no|perhaps|maybe|hello|hi)\b)+"
)
_AUXILIARY = re.compile(
    r"(?:is|are|was|were|isn't|aren't|am|shall|should|shouldn't|may|might|can|could|couldn't|must|will|would|wouldn't|do|does|did"
    r"|don't|didn't|has|have)\b"
)
_CLOSING = re.compile(
    r"\b(?:any|some)(?:thing|where)?\b[^?.!]{0,20}\b(?:else|more|further|other)\b|\bwhat else\b"
    r"|\b(?:is|was|be) (?:that|this|it) all\b|\b(?:that|this|it) (?:is|be|was) (?:all|it|everything)\b"
    r"|\b(?:can|may|could) i help\b|\bfurther (?:\w+ )?(?:help|assistance|wish|question|request|instruction|need|support)"
    r"|\b(?:more|other) (?:help|questions|requests|wishes|tasks|instructions)\b|\bmore (?:i|we) can do\b"
)
_GENERIC = frozenset(
    (
        "a an the this that these those it its they them one ones both two three four several of for to in on at "
        "from with by about into me you your i we us is are was were be been being do does did should shall would "
        "could can may must will might have has had number id name value figure code right correct true valid "
        "proper actual real meant mean meaning missing exact exactly precise new desired wanted want wish like "
        "need needed required supposed going please here there now then so or and just really please referring "
        "talking interested thinking looking make set choose pick use take used taken information details detail "
        "more specific know first before which what parameter argument input field data piece tell give specify "
        "provide state clarify say that's which's what's proceed continue"
    ).split()
)
_LEADS = re.compile(r"\b(?:which|what)\b(?: exactly)?[\s,]*([\w'-]*)")
_OPEN = frozenset(
    (
        "one ones of exactly should shall would do does did can could may must will needs need about value number "
        "figure id"
    ).split()
)
_BETWEEN = re.compile(r"\b(?:right|correct|true|valid|proper|holds|counts)\b")
_SOMETHING = re.compile(
    r"\b(?:a|an|the|one|some|more|further|new|exact|additional)(?: \w+)? (?:value|figure|information|details?|specifics?|input)\b"
    r"|\bmore (?:specific|precise|exact|details?|information)\b|\bdetails\b|\belaborate\b"
)
_MEASURES = re.compile(r"\bhow (?:much|many|high|low|big|large|long|far|fast|hard|strong|strongly|late|soon|often|frequently|quickly)\b")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in lower case, and what kind it is.

    `asks` is false for what only tells; `polar` wants a yes or no; `led` begins with the verb, as in "is it ...?";
    `closing` asks if there is more to do.
    """

    text: str
    asks: bool
    polar: bool
    led: bool
    closing: bool

    @property
    def vague(self) -> Vague:
        """What a sentence that names nothing asks for: all that is open, a thing ("which one?") or a number."""
        text = self.text
        if _MEASURES.search(text):
            return "number"
        for lead in _LEADS.finditer(text):
            word = lead[1]
            if word in _OPEN or not word or _BETWEEN.search(text) or _generic(text[lead.end() :], word):
                picks = lead[0].startswith("which") and word not in ("value", "number", "figure")
                return "thing" if picks else "all"
        return "all" if not self.polar and (_SOMETHING.search(text) or _generic(text, "")) else ""


def sentences(text: str) -> list[Sentence]:
    """Split a message into sentences and say of each what kind it is."""
    plain = text.lower().replace("\u2019", "'").replace("what's", "what is").replace("which's", "which is")
    plain = re.sub(r"[*`]+", "", plain).replace("who's", "who is").replace("how's", "how is")
    for short, word in _ABBREVIATED:
        plain = re.sub(short, word, plain)
    plain = _BULLET.sub(", ", plain)
    found = [part.strip() for part in _SENTENCE.findall(plain) if re.search(r"\w", part)]
    short = len(found) == 1 and len(found[0].split()) <= 5
    if short and found[0][-1].isalnum():
        found = [f"{found[0]}?"]
    return [_sentence(part, short) for part in found]


def _sentence(text: str, short: bool) -> Sentence:
    closing = _CLOSING.search(text) is not None
    asks = short or _ASKS.search(text) is not None
    core = _FILLER.sub("", text)
    wh = _WH.search(_RELATIVE.sub("", core)) is not None
    requests = _REQUESTS.search(text) is not None
    led = _AUXILIARY.match(core) is not None and not requests and not wh
    polar = not closing and (("?" in text and not wh and not requests) or _CONFIRMS.search(text) is not None)
    return Sentence(text, asks, polar, led, closing)


def _generic(rest: str, first: str) -> bool:
    """Whether words name nothing: "its number", "the one you are interested in"."""
    words = [word.removesuffix("'re").removesuffix("'m").removesuffix("'s") for word in re.findall(r"[a-z][\w'-]*", f"{first} {rest}")]
    return all(word in _GENERIC for word in words)
