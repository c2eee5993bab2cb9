"""What kind of sentence is it? Asking, wanting a yes or no, closing, vague, or only telling: by rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


def words(text: str) -> frozenset[str]:
    """Give the words of a text."""
    return frozenset(text.split())


Vague = Literal["", "all", "thing", "number", "value"]

_ABBREVIATED = (
    (r"\bno\.", "number"),
    (r"\bnr\.", "number"),
    (r"\be\.g\.", "eg"),
    (r"\bi\.e\.", "ie"),
    (r"\bvs\.", "vs"),
)
_BULLET = re.compile(r"\s*\n\s*(?:[-*•]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+")
_ENUMERATED = re.compile(r"(^|[:,;]\s*|\band\s+|\s(?=\(?\w\)))\(?(?:[1-9]|[a-e])[.)]\s+")
_SENTENCE = re.compile(r"[^.?!;\n]+(?:[.!](?=[\w])[^.?!;\n]+)*[.?!;]*")
_WH = re.compile(r"\b(?:which|what|who|whom|whose|when|where|why|how)\b(?! you (?:want|mean|need|meant|wish)\b)")
_RELATIVE = re.compile(r"(?<=\w )(?:who|which|where|when|what)(?= (?:is|are|was|were|has|have|had) \w+(?:ed|ing)\b)")
_VERBS = (
    r"(?:tell|telling|give|giving|specify|specifying|provide|providing|name|naming|state|stating|enter|choose|pick|send"
    r"|indicate|clarify|clarifying|supply|share|sharing|say|select|repeat|advise|let|point|help|remind|explain"
    r"|describe|outline|list|define|know)"
)
_REQUESTS = re.compile(
    rf"\b(?:can|could|would|will|might|may) you\b(?: \w+){{0,3}} {_VERBS}\b"
    rf"|\b(?:may|can|could|might) (?:i|we)\b(?: \w+){{0,2}} (?:have|get|ask|know|learn)\b"
    r"|\b(?:can|could|would|will) you(?: please)? confirm (?:the|which|what|your)\b"
    r"|\b(?:can|could|would|will) you be more (?:specific|precise|exact)\b|\b(?:can|could|would|will) you elaborate\b"
    r"|\b(?:do|did) you (?:happen to )?(?:know|remember|have)\b|\bis there an?y?\b"
)
_ASKS = re.compile(
    r"\?|\b(?:please|pls|need|needs|needed|require[sd]?|missing|lack\w*|unclear|unknown|forgot\w*|without|wonder\w*"
    r"|tell me|give me|let me know|specify|provide|state|name|enter|choose|pick|select|clarify|confirm|indicate"
    r"|supply|describe|outline|explain"
    r"|share|which|what|how|who|whom|whose|must (?:know|have)|have to (?:know|have)|(?:like|want|got|love) to know"
    r"|(?:not|n't)(?: been)? (?:know|tell|say|said|continue|proceed|sure|given?|specify|specified|told|mention"
    r"|mentioned"
    r"|clear))\b|[:=]\s*$"
)
_CONFIRMS = re.compile(
    r"\bplease confirm\b|\bconfirm (?:that|this|it)\b|\byes or no\b|\by/n\b|\bif that(?:'s| is) (?:ok|right|fine)"
)
_FILLER = re.compile(
    r"^(?:\W|\b(?:so|and|or|but|then|ok|okay|well|also|now|sorry|thanks|thank you|understood|sure|alright|all right|hm+"
    r"|right|just (?:to be sure|to confirm|checking)|to (?:be sure|confirm)|yes|no|perhaps|maybe|hello|hi)\b)+"
)
_AUXILIARY = re.compile(
    r"(?:is|are|was|were|isn't|aren't|am|shall|should|shouldn't|may|might|can|could|couldn't|must|will|would"
    r"|wouldn't|do|does|did"
    r"|don't|didn't|has|have)\b"
)
_CLOSING = re.compile(
    r"\b(?:any|some)(?:thing|where)?\b[^?.!]{0,20}\b(?:else|more|further|other)\b|\bwhat else\b"
    r"|\b(?:is|was|be|were) (?:that|this|it) (?:all|everything|it)\b|\b(?:that|this|it) (?:is|be|was) (?:all|it"
    r"|everything)\b"
    r"|\b(?:can|may|could) i help\b|\bfurther (?:\w+ )?(?:help|assistance|wish|question|request|instruction|need"
    r"|support)"
    r"|\b(?:more|other) (?:help|questions|requests|wishes|tasks|instructions)\b|\bmore (?:i|we) can do\b"
)
_GENERIC = words(
    "a about actual an and are argument at be been before being both by can choose clarify code continue correct "
    "could data desired detail details did do does exact exactly field figure first for four from give going had "
    "has have here i id in information input interested into is it its just know like looking make may me mean "
    "meaning meant might missing more must name need needed new now number of on one ones or parameter pick piece "
    "please precise proceed proper provide real really referring required right say set several shall should so "
    "specific specify state supposed take taken talking tell that that's the them then there these they thinking "
    "this those three to true two us use used valid value want wanted was we were what what's which which's will "
    "wish with would you your"
)
_LEADS = re.compile(r"\b(?:which|what)\b(?: exactly)?[\s,]*([\w'-]*)")
_OPEN = words(
    "about aren't can could did do does doesn't don't exactly figure id isn't may must need needs number of one "
    "one's ones shall should to value will would"
)
_BETWEEN = re.compile(r"\b(?:right|correct|true|valid|proper|holds|counts)\b")
_SOMETHING = re.compile(
    r"\b(?:a|an|the|one|some|more|further|new|exact|additional)(?: \w+)? (?:value|figure|information|details?"
    r"|specifics?|input)\b"
    r"|\bmore (?:specific|precise|exact|details?|information)\b|\bdetails\b|\belaborate\b"
)
_ECHO = re.compile(
    r"\W*(?:(?:so|and|ok|okay),? )?(?!for|to|at|on|in|of|with|from|by|about)[a-z]+(?: (?:off|on|up|down|back))? what\b"
)
_FACT = re.compile(
    r"(?:is|are|was|were|has|have|does|do|did)(?:n't)? (?!you|i|we|it|this|that|these|those|there|they)\b"
)
_APPROVES = re.compile(
    r"\b(?:ok|okay|right|correct|fine|alright|acceptable|good (?:enough|with|for|idea|to)|enough|sufficient|suffice"
    r"|agreed|allowed|permitted|want|wanted"
    r"|mean|meant|wish|like|need|needed|your)\b"
)
_WISH = re.compile(
    r"\b(?:which|what)(?: (?:kind|sort|type) of)?(?: [a-z-]+){1,2} (?:(?:do|did|would) you (?:need|want|mean|like"
    r"|prefer|have)|(?:should|shall) i)\b"
)
_BECOMES = re.compile(r"\bwhat\b(?: \w+){1,6} (?:be|set it to|change it to|put it to|make it)\W*$")
_NAMING = re.compile(r"\b(?:which|what|number|value|figure|name|id|code)\b")
_PREFERS = re.compile(r"\b(?:a|any|some|your)(?: \w+)? preferences?\b|\bin mind\b")
_MEASURES = re.compile(
    r"\bhow (?:much|many|high|low|big|large|long|far|fast|hard|strong|strongly|late|soon|often|frequently|quickly)\b"
)


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
    def fact(self) -> bool:
        """Whether it asks how something is ("is the pump running?"), not for a wish or a permission."""
        return self.led and _FACT.match(_FILLER.sub("", self.text)) is not None and not _APPROVES.search(self.text)

    @property
    def vague(self) -> Vague:
        """What a sentence that names nothing asks for: all that is open, a thing ("which one?") or a number."""
        text = self.text
        if _MEASURES.search(text):
            return "number"
        if re.search(r"\bwhose\b", text):
            return "thing"
        if _BECOMES.search(text):
            return "value"
        if _ECHO.match(text):
            return "all"
        if _WISH.search(text):
            return "thing"
        for lead in _LEADS.finditer(text):
            word = lead[1]
            if word in _OPEN or not word or _BETWEEN.search(text) or _generic(text[lead.end() :], word):
                picks = lead[0].startswith("which") and word not in ("value", "number", "figure")
                return "thing" if picks else "all"
        if _PREFERS.search(text) or (_NAMING.search(text) and not self.led and _generic(text, "")):
            return "all"
        return "all" if not self.polar and (_SOMETHING.search(text) or _generic(text, "")) else ""


def sentences(text: str) -> list[Sentence]:
    """Split a message into sentences and say of each what kind it is."""
    plain = text.lower().replace("\u2019", "'").replace("what's", "what is").replace("which's", "which is")
    plain = re.sub(r"\*+", "", plain).replace("`", '"').replace("who's", "who is").replace("how's", "how is")
    for written, word in _ABBREVIATED:
        plain = re.sub(written, word, plain)
    plain = _ENUMERATED.sub(r"\1, ", _BULLET.sub(", ", plain))
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
    found = [
        word.removesuffix("'re").removesuffix("'m").removesuffix("'s")
        for word in re.findall(r"[a-z][\w'-]*", f"{first} {rest}")
    ]
    return all(word in _GENERIC for word in found)
