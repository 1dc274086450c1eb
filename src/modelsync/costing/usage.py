"""What one call used: counts that do not overlap, whatever way its API counts them."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import astuple

from modelsync.costing import reports
from modelsync.errors import InvalidCall


class Usage(Struct, frozen=True, gc=False):
    """What one call used. No token is in two counts; all are whole numbers of at least 0. Raises `InvalidCall` for others.

    `input` is text that was neither read from a cache nor written to one, `output` is text without reasoning. `cache_write` is
    kept for minutes, `cache_write_1h` for an hour. `images` are those billed one by one, not by their tokens, which are
    `image_input` and `image_output`. `requests` is 1, since some models charge for the call itself. `searches` are searches of the web.
    Tiers are chosen by the prompt of one call: add up costs, not usages.
    """

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0
    audio_input: int = 0
    audio_output: int = 0
    audio_cache_read: int = 0
    image_input: int = 0
    image_output: int = 0
    images: int = 0
    requests: int = 1
    searches: int = 0

    def __post_init__(self) -> None:
        for count in astuple(self):
            if type(count) is not int or count < 0:
                raise InvalidCall(_complaint(self))

    @property
    def prompt_tokens(self) -> int:
        """All tokens of the prompt, by which a tier is chosen: text, caches, sound and images."""
        return (
            self.input
            + self.cache_read
            + self.cache_write
            + self.cache_write_1h
            + self.audio_input
            + self.audio_cache_read
            + self.image_input
        )

    @property
    def output_tokens(self) -> int:
        """All tokens of the output: text, reasoning, sound and images."""
        return self.output + self.reasoning + self.audio_output + self.image_output

    @classmethod
    def from_openai(cls, report: object) -> Usage:
        """Read the `usage` of OpenAI's APIs, as an SDK's object or a dict; None and unknown keys are ignored.

        Chat Completions and Embeddings (`prompt_tokens`), Responses, Images, Realtime and transcriptions (`input_tokens`): cached,
        written, audio and image tokens are part of the prompt, reasoning and audio part of the output. Where a list of image
        tokens comes without one of the output, as of `gpt-image-1`, all output is image tokens. Cached tokens count as text as
        far as there is text, unless `cached_tokens_details` says otherwise. APIs made after this one are read too: reasoning that
        `total_tokens` counts beside the completion (xAI) is added, `prompt_cache_hit_tokens` (DeepSeek) are cached tokens.
        Searches are not in such a report: `msgspec.structs.replace(usage, searches=2)`.

        Source: the types of `openai-python` (`completion_usage.py`, `responses/response_usage.py`, `images_response.py`).
        Raises `InvalidCall` for a report of another shape or with counts that cannot be.
        """
        return cls(**reports.openai(report))

    @classmethod
    def from_anthropic(cls, report: object) -> Usage:
        """Read the `usage` of Anthropic's Messages, as an SDK's object or a dict; None and unknown keys are ignored.

        `input_tokens` is without the tokens read from a cache or written to one; `cache_creation` tells those kept for an hour, and
        without it all are kept for minutes. Thinking is part of `output_tokens` and is billed so. A call of the batch API says so in
        `service_tier`, which is for the caller to hand on: `model.cost(usage, batch=report.service_tier == "batch")`.

        Source: the types of `anthropic-sdk-python` (`usage.py`, `cache_creation.py`, `server_tool_usage.py`).
        Raises `InvalidCall` for a report of another shape or with counts that cannot be.
        """
        return cls(**reports.anthropic(report))

    @classmethod
    def from_gemini(cls, report: object) -> Usage:
        """Read the `usageMetadata` of Gemini, as an SDK's object or a dict, in either spelling; None and unknown keys are ignored.

        `promptTokenCount` includes the cached content; what tools were given comes on top of it. `candidatesTokenCount` is without
        the thoughts. The details tell sound and images apart; video and documents are billed as text is.

        Source: `GenerateContentResponseUsageMetadata` in `python-genai` (`types.py`) and the REST reference of `UsageMetadata`.
        Raises `InvalidCall` for a report of another shape or with counts that cannot be.
        """
        return cls(**reports.gemini(report))

    @classmethod
    def from_openrouter(cls, report: object) -> Usage:
        """Read the `usage` of OpenRouter: as OpenAI's, with `cache_write_tokens` in the prompt and the searches of its server tool.

        Its `cost` is ignored: it is what was charged, which this is compared with.

        Source: OpenRouter's documentation of usage accounting and of `server_tool_use`.
        Raises `InvalidCall` for a report of another shape or with counts that cannot be.
        """
        return cls(**reports.openrouter(report))


def require_usage(usage: object) -> None:
    """Refuse what an API reports as it comes: only the caller knows which API that is. Raises `InvalidCall`."""
    if not isinstance(usage, Usage):
        hint = "`Usage.from_openai(…)`, `from_anthropic`, `from_gemini` and `from_openrouter` read what an API reports."
        raise InvalidCall(f"a call is told as a Usage, not as {type(usage).__name__}", hint=hint)


def require_use(usage: Usage) -> None:
    """Refuse a call that uses nothing: whatever it cost, it would say nothing of the models. Raises `InvalidCall`."""
    if usage == Usage():
        raise InvalidCall("nothing is used", hint="Say what is, as in `Usage(input=50_000, output=1_000)`.")


def _complaint(usage: Usage) -> str:
    wrong = next(
        (name, count)
        for name, count in zip(usage.__struct_fields__, astuple(usage), strict=True)
        if type(count) is not int or count < 0
    )
    return f"{wrong[0]} must be a whole number of at least 0, not {wrong[1]!r}"
