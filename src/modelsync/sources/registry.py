"""The providers whose own lists modelsync can read, in the order in which they are shown. A new one is a line here."""

from __future__ import annotations

from modelsync.sources import anthropic, gemini, mistral, ollama, openai, openrouter_api, xai

APIS = {
    api.name: api
    for api in (openai.API, anthropic.API, gemini.API, openrouter_api.API, ollama.API, mistral.API, xai.API)
}
