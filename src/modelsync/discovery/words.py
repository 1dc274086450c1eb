"""What the keys on the way to a value say that it is: which field, per how many tokens, in which money."""

from __future__ import annotations

import re
from functools import lru_cache
from glob import escape

from msgspec import Struct

from modelsync.domain import fields

Way = tuple[str, ...]
"""The keys that lead from a row to a value."""


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text with blanks between them."""
    return frozenset(text.split())


_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+(?:[a-zA-Z]{1,2}(?![a-z]))?")
PRICE = word_set(
    "price prices pricing cost costs rate rates fee fees usd dollar dollars cent cents mtok mtokens ktok charge"
)
_NO_PRICE = word_set(
    "ratio factor discount multiplier markup percent pct percentage weight relative modifier character characters char chars minute "
    "minutes second seconds hour hours day month page pages song training finetune threshold limit rpm tpm request requests image "
    "images search video videos per_image quality score"
)
FOREIGN = word_set("cny rmb eur euro euros gbp jpy inr krw yuan yen won rupees")
"""Words for money that is not the dollar."""
_INPUT, _OUTPUT = word_set("input inputs in prompt prompts"), word_set("output outputs out completion completions")
_CACHE = word_set("cache cached caching")
_WRITE = word_set("write writes creation create store storage")
_READ = word_set("read reads hit hits")
_HOUR = word_set("1h 1hr 60m")
_FILLERS = word_set("per token tokens model models 5m default base standard")
CHARACTERS = word_set("char chars character characters")
_CONTAINERS = word_set(
    "metadata meta config configuration info spec specs detail details data params parameters properties attributes settings extra "
    "litellm llm api"
)
_USUAL = word_set("text list public official normal regular usual unit value amount currency billing")
"""Words of a price that is upstream's, besides those of its direction and its unit."""
_OF_LIMITS = word_set("limit limits max maximum context window tokens token capabilities capability sizes size")
_USE = word_set(
    "quota quotas usage used budget budgets rate rates rpm tpm min minimum spent spend consumed remaining last month monthly week day "
    "daily hour hourly minute"
)
"""Words of what a team uses or allows itself, which is no limit of a model."""
_REQUEST = word_set("params kwargs args arguments parameters defaults request options generation litellm")
_PER = {
    "token": "token",
    "tokens": "token",
    "1k": "1k",
    "1000": "1k",
    "k": "1k",
    "thousand": "1k",
    "1m": "1m",
    "1000000": "1m",
    "m": "1m",
    "million": "1m",
}
_ALONE = {
    "mtok": "1m",
    "mtoken": "1m",
    "mtokens": "1m",
    "ktok": "1k",
    "ktokens": "1k",
    "1k": "1k",
    "1m": "1m",
    "million": "1m",
}
_ABOVE = re.compile(r"([0-9]{2,4})k")

_LIMITS: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (field, word_set(spelling))
    for field, spellings in (
        (
            fields.CONTEXT_LENGTH,
            (
                "context length,context window,context window tokens,context size,context tokens,context,max context,max context tokens,"
                "max context length,max context window,context limit,max input tokens,max input,input token limit,max prompt tokens,"
                "max model len,input limit,ctx"
            ),
        ),
        (
            fields.MAX_OUTPUT_TOKENS,
            (
                "max output tokens,max completion tokens,max output,output token limit,output limit,max output length,max out tokens,"
                "output tokens,max generation tokens"
            ),
        ),
    )
    for spelling in spellings.split(",")
)
_BARE_OUTPUT = word_set("output tokens")
"""May be how many came out."""
_UNCLEAR_LIMITS = tuple(
    word_set(spelled)
    for spelled in ("max tokens", "window", "max sequence length", "max length", "token limit", "max new tokens")
)

_FEATURES = {
    "vision": "vision", "image": "vision", "images": "vision", "image_input": "vision", "image_to_text": "vision",
    "multimodal": "multimodal",
    "function_calling": "function_calling", "function_call": "function_calling", "functions": "function_calling",
    "tools": "function_calling", "tool": "function_calling", "tool_calling": "function_calling", "tool_call": "function_calling",
    "tool_use": "function_calling",
    "structured_outputs": "structured_outputs", "structured_output": "structured_outputs", "response_schema": "structured_outputs",
    "json_schema": "structured_outputs", "output_schema": "structured_outputs",
    "reasoning": "reasoning", "thinking": "reasoning", "reasoning_model": "reasoning", "extended_thinking": "reasoning",
    "audio": "audio_input", "audio_input": "audio_input", "audio_output": "audio_output",
    "video": "video_input", "videos": "video_input", "video_input": "video_input", "video_output": "video_output",
    "pdf": "file_input", "pdf_input": "file_input", "file": "file_input", "files": "file_input", "file_input": "file_input",
    "document": "file_input", "documents": "file_input",
    "image_output": "image_output", "image_generation": "image_output",
    "web_search": "web_search", "embeddings": "embeddings", "embedding": "embeddings", "rerank": "rerank",
}  # fmt: skip
_FEATURE_FILLERS = word_set("supports support supported has is can allow allows native enabled")
_FEATURE_HOMES = word_set("supports features capabilities capability abilities modalities modes")
FEATURE_LISTS = _FEATURE_HOMES | {"tags", "feature", "modes"}
"""Words of keys that may hold lists of features."""


_LIMIT_HOMES = word_set("limit limits")
_PLAIN_WORDS = (
    PRICE
    | _INPUT
    | _OUTPUT
    | _CACHE
    | _WRITE
    | _READ
    | _FILLERS
    | _CONTAINERS
    | _USUAL
    | _PER.keys()
    | _ALONE.keys()
    | {"per", "ephemeral"}
)


_OTHER_TIERS = word_set("batch batches flex priority")


class Meaning(Struct, frozen=True):
    """What a way says of a value.

    `field` is a name of `domain.fields`, or `limit` where it may be either limit, or empty with `reason` why not. `unit` is what the
    words say the price is per, `cents` that it is in cents. `weak` says that only the values can tell.
    """

    field: str = ""
    unit: str = ""
    cents: bool = False
    weak: bool = False
    reason: str = ""


LIMIT = "limit"
_NOTHING = Meaning()


@lru_cache(maxsize=4096)  # the rows of a file repeat their keys
def words(key: str) -> Way:
    """Split a key into its words in small letters, whatever its style: `maxInputTokens`, `max-input-tokens`."""
    return tuple(part.lower() for part in _PARTS.findall(key))


@lru_cache(maxsize=4096)
def meaning(way: Way) -> Meaning:
    """Say what a value at a way probably is, by the words on it."""
    said = tuple(word for key in way for word in words(key))
    last = words(way[-1])
    return _limit(way, last) or _price(said, last) or _NOTHING


def _limit(way: Way, last: Way) -> Meaning | None:
    if PRICE & {*last} or any(PRICE & {*words(key)} for key in way):
        return None
    if {"context", "input"} & {*last} and CHARACTERS & {*last}:
        return Meaning(reason="a limit in characters, not in tokens")
    bare = frozenset(last) - {"number", "num", "n", "model"}
    field = next((field for field, spelled in _LIMITS if bare == spelled), LIMIT if bare in _UNCLEAR_LIMITS else "")
    above = [word for key in way[:-1] for word in words(key)]
    if not field:
        return None
    if used := next((word for word in above if word in _USE), ""):
        return Meaning(reason=f"`{used}` is no limit of the model")
    unknown = {*above} - _OF_LIMITS - _CONTAINERS - _FILLERS - _INPUT - _OUTPUT
    return Meaning(field, weak=field == LIMIT or bare == _BARE_OUTPUT or bool(_REQUEST & {*above} or unknown))


def _price(said: Way, last: Way) -> Meaning | None:
    rate = _rate(said, last)
    is_named = bool((PRICE | FOREIGN) & {*said} or unit_said(said))
    if not rate or not (
        is_named or not ({*last} - _FILLERS - _INPUT - _OUTPUT - _CACHE - _WRITE - _READ - _HOUR or "tokens" in last)
    ):
        return _costs(said)
    if not is_named and (_LIMIT_HOMES | _USE) & {*said}:
        return None
    if wrong := sorted((_NO_PRICE | FOREIGN) & {*said}):
        return Meaning(reason=f"`{wrong[0]}` is no USD per token")
    weak = bool({*said} - _known_words(rate))
    return Meaning(rate, unit=unit_said(said), cents=bool({"cent", "cents"} & {*said}), weak=weak)


def _known_words(rate: str) -> frozenset[str]:
    """Return the words that leave no doubt that a price is upstream's, those that the name of the price accounts for too."""
    known = _PLAIN_WORDS
    known |= word_set("audio") if "audio" in rate else known
    known |= word_set("reasoning thinking") if rate.endswith("reasoning") else known
    known |= word_set("batch batches") if ".batch." in rate else known
    known |= _HOUR | {"above"} if rate.endswith("_1h") else known
    return known | word_set(f"above {rate.split('.')[-2].removesuffix('000')}k") if ".tiers." in rate else known


def _costs(said: Way) -> Meaning | None:
    """Say why something that speaks of costs is no price."""
    wrong = sorted({"ratio", "factor", "discount", "multiplier", "markup"} & {*said})
    if wrong and {"cost", "costs", "price", "cache"} & {*said}:
        return Meaning(reason=f"a {wrong[0]}, not a price")
    return Meaning(reason="nothing says which of the prices it is") if speaks_of_prices(said) else None


def speaks_of_prices(way: Way) -> bool:
    """Say whether keys are words for a price and nothing else, so that none of them says which."""
    said = {word for key in way for word in words(key)}
    return bool(PRICE & said) and said <= PRICE | _FILLERS | _ALONE.keys() | _PER.keys()


def _rate(said: Way, last: Way) -> str:
    """Name the price that words tell, or nothing."""
    where = "pricing."
    if {"batch", "batches"} & {*said}:
        where += "batch."
    above = [match[1] for word in said if (match := _ABOVE.fullmatch(word)) and "above" in said]
    if above:
        where += f"tiers.{above[0]}000."
    side = _side(said, last)
    if not side or ("above" in said and not above and not _HOUR & {*said}):
        return ""
    return where + side


def _side(said: Way, last: Way) -> str:
    every, end = {*said}, {*last}
    if _CACHE & every:
        if (_WRITE & end) or (_WRITE & every and not _READ & end):
            return "cache_write_1h" if _HOUR & every else "cache_write"
        return "cache_read" if _READ & every or (_CACHE & end and not _OUTPUT & end) else ""
    into, out = bool(_INPUT & end), bool(_OUTPUT & end)
    if not into and not out:
        into, out = bool(_INPUT & every), bool(_OUTPUT & every)
    if into == out:
        return ""
    if "audio" in every:
        return "audio_input" if into else "audio_output"
    if "reasoning" in every or "thinking" in every:
        return "reasoning" if out else ""
    return "input" if into else "output"


def unit_said(said: Way) -> str:
    """Say what words claim a price is per (`per_1k`, `mtok`, `per_million`, `per_token`); empty where they do not."""
    for word, following in zip(said, (*said, "")[1:], strict=True):
        if word == "per" and following in _PER:
            return _PER[following]
        if word in _ALONE:
            return _ALONE[word]
    return ""


def feature_named(way: Way) -> str:
    """Name the feature that a boolean at a way is, or nothing."""
    last = words(way[-1])
    bare = "_".join(word for word in last if word not in _FEATURE_FILLERS)
    is_said = len(last) > len(bare.split("_")) or (len(way) > 1 and bool(_FEATURE_HOMES & {*words(way[-2])}))
    feature = feature_word(bare)
    return feature if is_said or feature not in ("", "rerank", "embeddings") else ""


def feature_word(word: str) -> str:
    """Name the feature that a word in a list means, or nothing."""
    return _FEATURES.get("_".join(words(word)), "")


def names_tier(text: str) -> bool:
    """Say whether a text names a tier of service other than the standard one, whose prices are others."""
    named = words(text)
    return len(named) == 1 and named[0] in _OTHER_TIERS


def dotted(way: Way) -> str:
    """Spell a place as a layout does, with quotes where a key needs them."""
    return ".".join(key if _PLAIN.match(key) else f'"{key}"' for key in way)


def exactly(place: str, text: str) -> str:
    """Spell the condition that this very text stands at a place, blanks around it too."""
    ahead, behind = len(text) - len(text.lstrip()), len(text.rstrip())
    kept = (f"[{blank}]" if not ahead <= at < behind else escape(blank) for at, blank in enumerate(text))
    return f"{place}={''.join(kept)}"


_PLAIN = re.compile(r"[^.\[\]{}|\"*\s=]+(?: [^.\[\]{}|\"*\s=]+)*\Z")
