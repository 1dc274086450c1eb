"""From a listing to models in the catalog's terms."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelsync.domain.fields import CAPABILITIES
from modelsync.domain.listing import Listing, Override, Record
from modelsync.domain.money import VARIABLE, Variable
from modelsync.normalize.capabilities import features, original_features
from modelsync.normalize.upstream import Model, normalize
from modelsync.settings import PriceDetail, Settings, policy, vendors
from modelsync.sources import openrouter

if TYPE_CHECKING:
    from pathlib import Path

    from modelsync.settings import PresetName

PROVIDERS = ("openai", "anthropic", "gemini", "ollama", "openrouter")


def models(
    *records: Record,
    preset: PresetName = "default",
    providers: tuple[str, ...] = PROVIDERS,
    extra: dict[str, str] | None = None,
) -> dict[str, tuple[Model, ...]]:
    """Normalize records as the pipeline does."""
    settings = Settings(preset=preset, vendors=extra or {})
    listing = Listing("test", records, "2026-03-01", "sha256:0")
    return normalize(listing, providers, vendors(settings), policy(settings))


def only(record: Record, provider: str, preset: PresetName = "default") -> Model:
    """Normalize one record for one provider."""
    (model,) = models(record, preset=preset)[provider]
    return model


class TestFeatures:
    """Names of features, from modalities, parameters and prices."""

    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            ({"input_modalities": ("text", "image")}, ("vision", "multimodal")),
            ({"input_modalities": ("audio",)}, ("multimodal", "audio_input")),
            ({"input_modalities": ("text", "video")}, ("video_input",)),
            ({"input_modalities": ("text", "file")}, ("file_input",)),
            ({"output_modalities": ("text", "image")}, ("image_output",)),
            ({"output_modalities": ("audio",)}, ("audio_output",)),
            ({"output_modalities": ("speech",)}, ("audio_output",)),
            ({"output_modalities": ("video",)}, ("video_output",)),
            ({"output_modalities": ("embeddings",)}, ("embeddings",)),
            ({"output_modalities": ("rerank",)}, ("rerank",)),
            ({"parameters": frozenset({"tools"})}, ("function_calling",)),
            ({"parameters": frozenset({"tool_choice"})}, ()),
            ({"parameters": frozenset({"response_format"})}, ("structured_outputs",)),
            ({"parameters": frozenset({"structured_outputs"})}, ("structured_outputs",)),
            ({"parameters": frozenset({"reasoning"})}, ("reasoning",)),
            ({"parameters": frozenset({"include_reasoning"})}, ("reasoning",)),
            ({"parameters": frozenset({"web_search_options"})}, ("web_search",)),
            ({"prices": {"web_search": Decimal("0.01")}}, ("web_search",)),
            ({"modality": "text+image->text"}, ()),
            ({}, ()),
        ],
        ids=str,
    )  # fmt: skip
    def test_each(self, facts: dict[str, Any], expected: tuple[str, ...]) -> None:
        """One fact, its features, in a fixed order."""
        assert features(Record("a/b", **facts)) == expected

    def test_all(self) -> None:
        """Those that a catalog's reader takes for known, and no others."""
        kinds = ("image", "audio", "video", "file", "speech", "embeddings", "rerank")
        parameters = frozenset({"tools", "structured_outputs", "reasoning", "web_search_options"})
        record = Record("a/b", input_modalities=kinds, output_modalities=kinds, parameters=parameters)
        assert {*features(record)} == CAPABILITIES

    @pytest.mark.parametrize(
        ("modality", "parameters", "expected"),
        [
            ("text+image->text", {"tools", "response_format"}, ("vision", "multimodal", "function_calling", "structured_outputs")),
            ("text->text+image", set[str](), ("vision", "multimodal")),
            ("text+audio->text", set[str](), ("multimodal",)),
            ("text->text", {"structured_outputs", "reasoning"}, ()),
        ],
    )  # fmt: skip
    def test_the_originals(self, modality: str, parameters: set[str], expected: tuple[str, ...]) -> None:
        """The original read the modality string, and so took image output for vision."""
        assert original_features(Record("a/b", modality=modality, parameters=frozenset(parameters))) == expected


class TestProviders:
    """Which provider of the catalog a record belongs to."""

    @pytest.mark.parametrize(
        ("upstream_id", "provider"),
        [("openai/gpt-4o", "openai"), ("anthropic/claude-opus-5", "anthropic"), ("google/gemini-2.5-pro", "gemini"), ("meta-llama/llama-4", "ollama"), ("mistralai/mistral-large", "ollama")],
    )  # fmt: skip
    def test_vendors(self, upstream_id: str, provider: str) -> None:
        """As in the original; and every model by its full id under `openrouter`."""
        found = models(Record(upstream_id))
        assert {name for name, of in found.items() if of} == {provider, "openrouter"}
        assert found["openrouter"][0].model_id == upstream_id
        assert found["openrouter"][0].slug == upstream_id

    @pytest.mark.parametrize(
        "upstream_id", ["x-ai/grok-4", "openrouter/auto", "~openai/gpt-latest", "openai-x/gpt", "mistral/ministral-8b"]
    )
    def test_others_are_the_aggregators_only(self, upstream_id: str) -> None:
        """No vendor is guessed."""
        assert {name for name, of in models(Record(upstream_id)).items() if of} == {"openrouter"}

    def test_settings_add_vendors(self) -> None:
        """A provider of one's own gets its models."""
        found = models(Record("x-ai/grok-4.1"), providers=("xai",), extra={"x-ai": "xai"})
        assert [(model.key, model.model_id) for model in found["xai"]] == [("grok-4-1", "grok-4.1")]

    def test_only_what_was_asked_for(self) -> None:
        """Providers that the catalog does not have cost nothing."""
        assert models(Record("openai/gpt-4o"), Record("a/b"), providers=("gemini",)) == {"gemini": ()}


class TestIds:
    """Keys and the ids under which a provider serves a model."""

    @pytest.mark.parametrize(
        ("upstream_id", "provider", "key", "default", "classic"),
        [
            ("anthropic/claude-3.5-haiku", "anthropic", "claude-3-5-haiku", "claude-3-5-haiku", "claude-3.5-haiku"),
            ("google/gemini-flash-1.5", "gemini", "gemini-flash-1-5", "gemini-1.5-flash", "gemini-flash-1.5"),
            ("openai/gpt-4.1-mini", "openai", "gpt-4-1-mini", "gpt-4.1-mini", "gpt-4.1-mini"),
            ("openai/gpt-5.6-luna:batch", "openai", "gpt-5-6-luna-batch", "gpt-5.6-luna:batch", "gpt-5.6-luna:batch"),
        ],
    )
    def test_key_and_model_id(self, upstream_id: str, provider: str, key: str, default: str, classic: str) -> None:
        """The key always comes from OpenRouter's name; the id is native, or OpenRouter's under `classic`."""
        model = only(Record(upstream_id), provider)
        assert (model.key, model.model_id) == (key, default)
        assert only(Record(upstream_id), provider, "classic").model_id == classic

    def test_variants_are_told_from_their_base(self) -> None:
        """`:free` is an offer of a model, `-free` a name."""
        found = models(Record("openai/gpt-oss:free"), Record("openai/gpt-free"))["openai"]
        assert {model.slug: model.variant for model in found} == {"gpt-oss:free": "free", "gpt-free": ""}


class TestDoubt:
    """Records that the provider probably does not serve under that id."""

    @pytest.mark.parametrize(
        ("record", "provider", "word"),
        [
            (Record("openai/gpt-oss-120b", open_weights=True), "openai", "open weights"),
            (Record("openai/o4-mini-high"), "openai", "`-high`"),
            (Record("openai/gpt-5-chat"), "openai", "`-chat`"),
            (Record("anthropic/claude-opus-5-fast"), "anthropic", "`-fast`"),
            (Record("anthropic/claude-opus-5-fast:batch"), "anthropic", "`-fast`"),
            (Record("openai/latest", alias_of="openai/gpt-5"), "openai", "alias of openai/gpt-5"),
        ],
        ids=lambda value: getattr(value, "id", None),
    )
    def test_doubted(self, record: Record, provider: str, word: str) -> None:
        """Says why; under `classic`, and by its full id, there is no doubt."""
        assert word in only(record, provider).doubt
        assert not only(record, provider, "classic").doubt
        assert not only(record, "openrouter").doubt

    @pytest.mark.parametrize(
        "upstream_id", ["openai/gpt-4o", "openai/gpt-4o:batch", "google/gemini-x-fast", "openai/gpt-chat-latest"]
    )
    def test_not_doubted(self, upstream_id: str) -> None:
        """Plain models of the vendor."""
        assert not models(Record(upstream_id))["openrouter"][0].doubt
        assert not any(
            model.doubt for provider in ("openai", "gemini") for model in models(Record(upstream_id))[provider]
        )


class TestValues:
    """Prices and limits."""

    def test_prices_by_the_catalogs_names(self) -> None:
        """`prompt` is input, `completion` output, and so on; with `pricing.detail = "basic"` those two are all."""
        prices: dict[str, Decimal | Variable] = {
            "prompt": Decimal("0.0000025"),
            "completion": Decimal(0),
            "input_cache_read": Decimal(1),
        }
        record = Record("openai/x", prices=prices, overrides=(Override({"prompt": Decimal(3)}, 200000),))
        two = {"pricing.input": Decimal("0.0000025"), "pricing.output": Decimal(0)}
        assert only(record, "openai").values == two | {
            "pricing.cache_read": Decimal(1),
            "pricing.tiers.200000.input": Decimal(3),
        }
        assert only(record, "openai", "classic").values == two
        for preset in ("default", "classic"):
            basic = policy(Settings(preset=preset, pricing=PriceDetail("basic")))
            assert Model(record, "openai", "x", basic).values == two

    def test_the_batch_offer_is_part_of_its_model(self) -> None:
        """Whatever the provider, and the order; the offer has no offer of its own."""
        base, offer = (
            Record("openai/x", prices={"prompt": Decimal(2)}),
            Record("openai/x:batch", prices={"prompt": Decimal(1)}),
        )
        for records in ((base, offer), (offer, base)):
            found = models(*records)
            for provider in ("openai", "openrouter"):
                values = {model.upstream: model.values for model in found[provider]}
                assert values == {
                    "openai/x": {"pricing.input": Decimal(2), "pricing.batch.input": Decimal(1)},
                    "openai/x:batch": {"pricing.input": Decimal(1)},
                }
        assert models(base, offer, preset="classic")["openai"][0].values == {"pricing.input": Decimal(2)}

    def test_what_upstream_does_not_say_is_not_there(self) -> None:
        """No price, no limit: no value, rather than zero."""
        model = only(Record("openai/x"), "openai")
        assert (model.values, model.variable) == ({}, frozenset())

    @pytest.mark.parametrize(
        ("preset", "limits"), [("default", {}), ("classic", {"context_length": 0, "max_output_tokens": 0})]
    )
    def test_a_limit_of_zero(self, preset: PresetName, limits: dict[str, int]) -> None:
        """Zero says that upstream does not know; the original wrote it."""
        assert only(Record("openai/x", context_length=0, max_output_tokens=0), "openai", preset).values == limits

    def test_routers_and_windows(self) -> None:
        """`-1` is never a price; the price of this hour is one only under `classic`."""
        router = Record("openai/x", prices={"prompt": VARIABLE, "completion": Decimal(1)})
        assert only(router, "openai").variable == {"pricing.input"}
        assert "pricing.input" not in only(router, "openai", "classic").values
        night = Override({"prompt": Decimal(3)}, hours=(0, 300))
        day = Override({"prompt": Decimal(1)}, hours=(300, 0))
        window = Record("openai/x", prices={"prompt": Decimal(3), "completion": Decimal(2)}, overrides=(night, day))
        two = {"pricing.input": Decimal(1), "pricing.output": Decimal(2)}
        assert only(window, "openai").values == two | {"pricing.windows.0000-0500.input": Decimal(3)}
        assert only(window, "openai", "classic").values == {"pricing.input": Decimal(3), "pricing.output": Decimal(2)}
        whole = policy(Settings(preset="classic", pricing=PriceDetail("full")))
        assert Model(window, "openai", "x", whole).values == only(window, "openai").values

    def test_what_cannot_be_told(self) -> None:
        """A price under a condition nobody understands is neither a value nor variable."""
        record = Record(
            "openai/x",
            prices={"prompt": Decimal(3), "completion": Decimal(2)},
            overrides=(Override({"prompt": Decimal(3)}, unclear="moon"),),
        )
        model = only(record, "openai")
        assert (model.values, model.variable, model.unclear) == (
            {"pricing.output": Decimal(2)},
            set(),
            {"pricing.input"},
        )

    @pytest.mark.parametrize(
        ("outputs", "kind"),
        [((), ""), (("text",), ""), (("text", "image"), ""), (("image",), "image"), (("embeddings",), "embeddings")],
    )
    def test_kind(self, outputs: tuple[str, ...], kind: str) -> None:
        """What decides whether a listing covers it: nothing special for whatever writes text."""
        assert only(Record("openai/x", output_modalities=outputs), "openai").kind == kind


class TestOrder:
    """The order of a listing does not matter."""

    @given(st.lists(st.builds(Record, id=st.sampled_from([f"openai/m{number}" for number in range(9)] + ["google/a", "meta-llama/b"]), created=st.integers(0, 3)), unique_by=lambda record: record.id), st.randoms())  # fmt: skip
    def test_any_order_gives_the_same(self, records: list[Record], random: Any) -> None:
        """Models come sorted by age and id, however they were listed."""
        shuffled = list(records)
        random.shuffle(shuffled)
        assert models(*records) == models(*shuffled)

    def test_a_recorded_list_backwards(self, shared_data: Path) -> None:
        """The same for four hundred real models."""
        listing = openrouter.read(
            [(shared_data / "openrouter" / "models.2026-08-21T0812Z.json").read_bytes()], source="x", day="2026-08-21"
        )
        assert models(*listing.records) == models(*reversed(listing.records))
        ages = [(model.created, model.upstream) for model in models(*listing.records)["openrouter"]]
        assert ages == sorted(ages)
        assert len(ages) == 419
