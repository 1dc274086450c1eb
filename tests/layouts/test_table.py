"""The `[layout]` table: what it makes, and the line of the settings for what it cannot."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from modelsync.errors import SettingsInvalid
from modelsync.layouts.builtin import DEFAULT, LLM_MODELS, NAMES, layout_named, table_named, unit_named
from modelsync.layouts.layout import Layout, Skip, Source
from modelsync.layouts.table import Table, Unclear, layout_of
from modelsync.settings import Settings, layout, load, policy, vendors

if TYPE_CHECKING:
    from pathlib import Path


def made(text: str) -> Layout:
    """Make a layout of a table as it stands in the settings."""
    return layout_of(msgspec.convert(tomllib.loads(text), Table))


def test_a_table_makes_a_layout() -> None:
    """Every setting has its place."""
    found = made(
        """
        at = ["extra[]", "more.*[]"]
        id = "model"
        key = "name"
        provider_around = "vendor"
        providers = { "Acme Cloud" = "openai" }
        rewrite = { "@.*$" = "" }
        skip = ["disabled", "kind=image*", "{id}=_*", "^api_base", "^type=azure*", "kind.of|sort = a b"]
        words = { vision = "image_input" }
        pinned = "hands.off"
        scale = "0.01"
        fill = true
        [fields]
        context_length = "limits.context|ctx"
        pricing.input = "in"
        pricing.tiers.200000.input = "in_above_200k"
        "pricing.batch.input" = "batch.in"
        features = "caps"
        reviewed_at = "checked"
        """
    )
    assert found.paths == {
        "model": ("model",),
        "context_length": ("limits", "context"),
        "pricing.input": ("in",),
        "pricing.tiers.200000.input": ("in_above_200k",),
        "pricing.batch.input": ("batch", "in"),
        "features": ("caps",),
        "reviewed_at": ("checked",),
    }
    assert found.others == {"context_length": (("ctx",),)}
    assert (found.keys, found.provider) == ((("name",),), Source((), ("vendor",), ""))
    assert found.skips == (
        Skip("", ("disabled",), None),
        Skip("", ("kind",), "image*"),
        Skip("id", (), "_*"),
        Skip("", ("api_base",), None, around=True),
        Skip("", ("type",), "azure*", around=True),
        Skip("", ("kind", "of"), "a b"),
        Skip("", ("sort",), "a b"),
    )
    assert (found.pinned, found.shift, found.fills, found.adds) == (("hands", "off"), -2, True, False)
    assert (found.provider_named("Acme-Cloud"), found.provider_named("Google AI"), found.provider_named("a/b")) == (
        "openai",
        "gemini",
        "a-b",
    )
    assert [found.family(name) for name in ("gpt-4o", "claude-3-opus", "o3", "llama-3", "o3x")] == [
        "openai",
        "anthropic",
        "openai",
        "",
        "",
    ]


UNCLEAR = {
    'at = "models[0]"\nid = "x"': ("at", "begin with"),
    'at = []\nid = "x"': ("at", "no pattern"),
    'at = ["---", "models[]"]\nid = "x"': ("at", "begin all of them with"),
    'at = "models[]"': ("at", "what the model id is"),
    'at = "{id}"\nid = "model"': ("id", "from a key already"),
    'at = "{id}"\nkey = "name"': ("key", "go by that"),
    'at = "{id}"\nprovider = "a"\nprovider_is = "b"': ("provider_is", "two ways"),
    'at = "{provider}.{id}"\nprovider_is = "b"': ("provider_is", "two ways"),
    'at = "{id}"\nfields.price = "in"': ("fields.price", "no field `price`"),
    'at = "{id}"\nfields.pricing.inputt = "in"': ("fields.pricing.inputt", "no field `pricing.inputt`"),
    'at = "{id}"\nfields.pricing.input = 3': ("fields.pricing.input", "must be a path"),
    'at = "{id}"\nfields.pricing.input = "a..b"': ("fields.pricing.input", "no path"),
    'at = "{id}"\nfields.context_length = "a[b].c"': ("fields.context_length", "into a list"),
    'at = "{id}"\n[fields]\ncontext_length = "a"\nmax_output_tokens = "a"': (
        "fields.max_output_tokens",
        "cannot both be",
    ),
    'at = "{id}"\n[fields]\npricing.input = "a.b"\npricing.output = "a"': ("fields.pricing.input", "cannot be inside"),
    'at = "{id}"\nfields.features.sight = "a"': ("fields.features.sight", "no feature 'sight'"),
    'at = "{id}"\nwords.sight = "a"': ("words", "no feature 'sight'"),
    'at = "{id}"\nrewrite = {"(" = ""}': ("rewrite", "no regular expression"),
    'at = "{id}"\nrewrite = {"a" = \'\\9\'}': ("rewrite", "no regular expression"),
    'at = "{id}"\nskip = ["{name}=x"]': ("skip", "a condition is on a path"),
    'at = "{id}"\nskip = ["{id}"]': ("skip", "skip every row"),
    'at = "{id}"\nskip = ["a..b"]': ("skip", "no path"),
    'at = "{id}"\nskip = ["^{id}=x"]': ("skip", "the row's own"),
    'at = "{id}"\nscale = "0.5"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = "cents"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = "-1"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = "1e999999999"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = "1e-999999999"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = "1.00000000000000000000000000000000001"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = "0e5"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = "NaN"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = "-Infinity"': ("scale", "no power of ten"),
    'at = "{id}"\nscale = ""': ("scale", "no power of ten"),
    'at = "{id}"\nkey = "a..b"': ("key", "no path"),
    'at = "{id}"\nwords = {vision = "x", function_calling = "y", multimodal = "x"}': (
        "words",
        "'x' cannot mean both `vision` and `multimodal`",
    ),
    'at = "teams.{id}.{id}"': ("at", "takes note of {id} twice"),
    'at = "{id}"\nproviders = {"Acme" = "a/b"}': ("providers", "'a/b' is no name of a provider"),
    'at = "{id}"\nproviders = {"Acme" = ""}': ("providers", "'' is no name of a provider"),
}


@pytest.mark.parametrize("text", UNCLEAR)
def test_a_table_that_makes_none_says_why(text: str) -> None:
    """With the setting that is wrong."""
    key, why = UNCLEAR[text]
    with pytest.raises(Unclear, match=re.escape(why)) as raised:
        made(text)
    assert raised.value.key == key


def test_settings_name_the_line(tmp_path: Path) -> None:
    """An error in a layout is an error of the settings, with its line."""
    file = tmp_path / "modelsync.toml"

    def wrong(text: str) -> SettingsInvalid:
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsInvalid) as raised:
            load(file)
        return raised.value

    error = wrong('unit = "1m"\n\n[layout]\nat = "models[]"\nid = "name"\n\n[layout.fields]\npricing.inptu = "in"\n')
    assert (error.line, error.hint, "`layout.fields.pricing.inptu`: there is no field" in str(error)) == (
        8,
        "Did you mean `pricing.input`?",
        True,
    )
    error = wrong('unit = "1m"\n[layout]\nat = "models[]"\nidd = "name"\n')
    assert (error.line, error.hint, "unknown setting `layout.idd`" in str(error)) == (4, "Did you mean `id`?", True)
    error = wrong('unit = "1m"\n[layout]\nat = "{id}"\n[layout.fields.pricing]\ninput = "in"\ninputs = "ins"\n')
    assert (error.line, error.hint) == (6, "Did you mean `pricing.input`?")
    assert "`layout.fields.pricing.inputs`: there is no field `pricing.inputs`" in str(error)
    error = wrong('unit = "1m"\n[layout]\nat = "{id}"\nfields = { pricing = { batch = { outptu = "o" } } }\n')
    assert (error.line, error.hint) == (4, "Did you mean `pricing.batch.output`?")
    error = wrong('unit = "1m"\n[layout]\nat = "{id}"\nid.b = "c"\nwords = { visoin = "v" }\nfields.features = "f"\n')
    assert error.line == 4
    error = wrong('unit = "1m"\n[layout]\nat = "{id}"\nwords = { visoin = "v" }\nfields.features = "f"\n')
    assert (error.line, error.hint) == (4, "Did you mean `vision`?")
    error = wrong('unit = "1m"\n[layout]\nat = "{id}"\nskip = ["^{id}=x"]\n')
    assert (error.line, "`layout.skip`" in str(error)) == (4, True)
    error = wrong('unit = "1m"\n[layout]\nat = "{id}"\nscale = "1e999999999"\n')
    assert (error.line, "`layout.scale`: '1e999999999' is no power of ten" in str(error)) == (4, True)
    error = wrong('unit = "1m"\n[layout]\nat = "{id}"\n[layout.providers]\nAcme = "a/b"\n')
    assert (error.line, "`layout.providers`" in str(error)) == (4, True)
    error = wrong('layout = "list"\nunit = "1m"\n[layout]\nat = "{id}"\n')
    assert (error.line, "`layout` is both a name and a table: keep one of them" in str(error)) == (3, True)
    error = wrong('layout = "litelm"\n')
    assert (error.line, error.hint) == (1, "Did you mean `litellm`?")
    error = wrong('catalog = "x.yml"\nlayout = "prices"\n')
    assert (error.line, "nothing says what the prices of this layout are per" in str(error)) == (2, True)
    error = wrong('layout = "litellm"\npreset = "classic"\n')
    assert (error.line, "goes with the layout `llm_models` alone" in str(error)) == (1, True)
    error = wrong("layout = 3\n")
    assert error.line == 1
    error = wrong('unit = "1m"\n[layout]\nid = "name"\n')
    assert "missing required field `at`" in str(error)


def settings(tmp_path: Path, text: str) -> Settings:
    """Read settings."""
    (tmp_path / "modelsync.toml").write_text(text, encoding="utf-8")
    return load(tmp_path / "modelsync.toml")


def test_a_layout_decides_what_is_usual(tmp_path: Path) -> None:
    """To a team's own list nothing is added, unless the settings say so; its providers have their usual names; its unit may be known."""
    original = settings(tmp_path, "")
    assert (original.unit, layout(original), policy(original).add["openai"]) == ("1k", LLM_MODELS, "all")
    assert vendors(original)["mistralai"] == "ollama"
    litellm = settings(tmp_path, 'layout = "litellm"\n[add]\nanthropic = "all"\n')
    assert (litellm.unit, policy(litellm).add) == ("token", {"anthropic": "all"})
    assert (vendors(litellm)["mistralai"], vendors(litellm)["google"]) == ("mistral", "gemini")
    assert settings(tmp_path, 'layout = "litellm"\nunit = "1m"\n').unit == "1m"
    own = settings(tmp_path, 'unit = "1m"\n[layout]\nat = "models.{id}"\n[layout.fields]\npricing.input = "in"\n')
    assert (own.unit, policy(own).add, layout(own).paths) == ("1m", {}, {"pricing.input": ("in",)})


def test_every_built_in_is_a_table_too() -> None:
    """None has anything that a team could not write down, but for the words of the original's."""
    for name in NAMES:
        table, found = table_named(name), layout_named(name)
        again = layout_of(msgspec.json.decode(msgspec.json.encode(table), type=Table))
        assert (again.patterns, again.paths, again.flags, again.skips) == (
            found.patterns,
            found.paths,
            found.flags,
            found.skips,
        )
        assert (found.adds, found.described) == (name == DEFAULT, name == DEFAULT)
    assert {name: unit_named(name) for name in NAMES} == {
        "llm_models": "1k",
        "litellm": "token",
        "list": None,
        "prices": None,
    }
    with pytest.raises(KeyError):
        layout_named("none")


def test_the_docstring_names_every_setting() -> None:
    """The reference is made of it."""
    named: Any = re.findall(r"^    ([a-z_]+):", Table.__doc__ or "", re.MULTILINE)
    assert named == list(Table.__struct_fields__)
