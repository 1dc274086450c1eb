"""The layouts that need no writing down. Each is what a team's own `[layout]` table would be, but for two words of the original's."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec.structs import replace

from modelsync.domain import fields
from modelsync.domain.rates import RATES
from modelsync.layouts.layout import Layout
from modelsync.layouts.table import Table, layout_of

Unit: TypeAlias = Literal["token", "1k", "1m"]


def _everywhere(name: str, place: str) -> dict[str, str]:
    """Keep each rate in the mapping at a place, and those of tiers and windows in lists beside them."""
    return {
        **{f"{name}.{rate}": f"{place}.{rate}" for rate in RATES},
        **{f"{name}.tiers.*.{rate}": f"{place}.tiers[above].{rate}" for rate in RATES},
        **{f"{name}.windows.*.{rate}": f"{place}.windows[utc].{rate}" for rate in RATES},
    }


_LLM_MODELS = Table(
    at="providers.{provider}.models.{key}",
    id="model",
    fields={
        fields.DESCRIPTION: "description",
        fields.CONTEXT_LENGTH: "context_length",
        fields.MAX_OUTPUT_TOKENS: "max_output_tokens",
        **_everywhere("pricing", "pricing"),
        **_everywhere("pricing.batch", "pricing.batch"),
        fields.FEATURES: "features",
    },
    pinned="pinned",
    fill=True,
)


def _either(key: str) -> str:
    """LiteLLM reads a price from both places, `litellm_params` first."""
    return f"litellm_params.{key}|model_info.{key}"


_ELSEWHERE = (
    "api_base", "base_url", "litellm_credential_name",
    "api_version", "azure_ad_token", "azure_username", "azure_scope", "tenant_id", "client_id", "region_name",
    "aws_access_key_id", "aws_session_token", "aws_region_name", "aws_session_name", "aws_profile_name", "aws_role_name",
    "aws_web_identity_token", "aws_sts_endpoint", "aws_external_id", "aws_bedrock_runtime_endpoint", "aws_bedrock_project_id",
    "vertex_project", "vertex_location", "vertex_credentials", "watsonx_region_name",
)  # fmt: skip
"""What LiteLLM sends to a cloud, or to an address that the file or a credential names: no list says what that costs."""

_LITELLM = Table(
    at="model_list[]",
    id="litellm_params.model",
    key="model_name",
    provider="litellm_params.custom_llm_provider",
    skip=[*(f"litellm_params.{key}" for key in _ELSEWHERE), "{id}=*[*]*", "{id}=os.environ/*"],
    fields={
        fields.CONTEXT_LENGTH: "model_info.max_input_tokens",
        fields.MAX_OUTPUT_TOKENS: "model_info.max_output_tokens",
        "pricing.input": _either("input_cost_per_token"),
        "pricing.output": _either("output_cost_per_token"),
        "pricing.cache_read": _either("cache_read_input_token_cost"),
        "pricing.cache_write": _either("cache_creation_input_token_cost"),
        "pricing.cache_write_1h": _either("cache_creation_input_token_cost_above_1hr"),
        "pricing.reasoning": _either("output_cost_per_reasoning_token"),
        "pricing.audio_input": _either("input_cost_per_audio_token"),
        "pricing.audio_output": _either("output_cost_per_audio_token"),
        "pricing.tiers.200000.input": _either("input_cost_per_token_above_200k_tokens"),
        "pricing.tiers.200000.output": _either("output_cost_per_token_above_200k_tokens"),
        "pricing.tiers.200000.cache_read": _either("cache_read_input_token_cost_above_200k_tokens"),
        "pricing.tiers.272000.input": _either("input_cost_per_token_above_272k_tokens"),
        "pricing.tiers.272000.output": _either("output_cost_per_token_above_272k_tokens"),
        "pricing.batch.input": _either("input_cost_per_token_batches"),
        "pricing.batch.output": _either("output_cost_per_token_batches"),
        "features.vision": "model_info.supports_vision",
        "features.function_calling": "model_info.supports_function_calling",
        "features.structured_outputs": "model_info.supports_response_schema",
        "features.reasoning": "model_info.supports_reasoning",
        "features.audio_input": "model_info.supports_audio_input",
        "features.audio_output": "model_info.supports_audio_output",
        "features.web_search": "model_info.supports_web_search",
        "features.file_input": "model_info.supports_pdf_input",
    },
)

_RATES = {
    "pricing.input": "input|pricing.input",
    "pricing.output": "output|pricing.output",
    "pricing.cache_read": "cache_read|pricing.cache_read|cached_input",
    "pricing.cache_write": "cache_write|pricing.cache_write",
}
_LIMITS = {
    fields.CONTEXT_LENGTH: "context_length|context_window",
    fields.MAX_OUTPUT_TOKENS: "max_output_tokens",
}

_ADDRESSES = ["api_base", "base_url", "endpoint"]

_TABLES: dict[str, tuple[Table, Unit | None]] = {
    "llm_models": (_LLM_MODELS, "1k"),
    "litellm": (_LITELLM, "token"),
    "list": (
        Table(
            at=["models[]", "[]"],
            id="model|id",
            key="name",
            provider="provider",
            skip=_ADDRESSES,
            fields={**_LIMITS, **_RATES, fields.FEATURES: "features|capabilities"},
        ),
        None,
    ),
    "prices": (Table(at="{id}", skip=_ADDRESSES, fields={**_RATES, **_LIMITS}), None),
}

NAMES = tuple(_TABLES)
DEFAULT = "llm_models"


def unit_named(name: str) -> Unit | None:
    """Return what the prices of a layout are per; None where each file says it for itself."""
    return _TABLES[name][1]


@lru_cache
def layout_named(name: str) -> Layout:
    """Return a layout by its name. Raises `KeyError`.

    The original's names its providers as it likes, has no rows to pass over, and new models are added to it.
    """
    made = layout_of(_TABLES[name][0])
    return replace(made, labels={}, families=(), vendors={}, adds=True, described=True) if name == DEFAULT else made


def table_named(name: str) -> Table:
    """Return a layout as its table. Raises `KeyError`."""
    return _TABLES[name][0]


LLM_MODELS = layout_named(DEFAULT)
"""The original's shape: `providers.<provider>.models.<key>.{model, description, …, pricing.{input, output, …}, features[]}`.

`pricing` may have `tiers`, a list of `{above: <prompt tokens>, <rates>}`, `windows`, a list of `{utc: <hours>, <rates>}`, and
`batch`, a mapping like itself.
"""
