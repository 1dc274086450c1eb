"""What providers are called in files and upstream, and whose a model is by its name. Facts, for every layout but the original's."""

from __future__ import annotations

LABELS: dict[str, str] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "claude": "anthropic",
    "google": "gemini",
    "gemini": "gemini",
    "googleai": "gemini",
    "googleaistudio": "gemini",
    "googlegemini": "gemini",
    "googlegenai": "gemini",
    "openrouter": "openrouter",
    "ollama": "ollama",
    "mistral": "mistral",
    "mistralai": "mistral",
    "xai": "xai",
    "grok": "xai",
    "deepseek": "deepseek",
    "qwen": "qwen",
    "alibaba": "qwen",
    "alibabacloud": "qwen",
    "dashscope": "qwen",
    "qianwen": "qwen",
    "moonshot": "moonshot",
    "moonshotai": "moonshot",
    "kimi": "moonshot",
    "zai": "zai",
    "zhipu": "zai",
    "zhipuai": "zai",
    "cohere": "cohere",
    "perplexity": "perplexity",
    "minimax": "minimax",
    "amazon": "amazon",
    "meta": "meta",
    "metallama": "meta",
    "ai21": "ai21",
    "inception": "inception",
}
"""Name in a file, in small letters and digits alone → the provider it means."""

VENDORS: dict[str, str] = {
    "mistralai": "mistral",
    "x-ai": "xai",
    "deepseek": "deepseek",
    "qwen": "qwen",
    "moonshotai": "moonshot",
    "z-ai": "zai",
    "cohere": "cohere",
    "perplexity": "perplexity",
    "minimax": "minimax",
    "amazon": "amazon",
    "meta-llama": "meta",
    "ai21": "ai21",
    "inception": "inception",
}
"""Vendor prefix upstream → provider, besides those that the settings know."""

FAMILIES: tuple[tuple[str, str], ...] = (
    (r"(?:gpt-|chatgpt-|o[134](?:-|\Z)|text-embedding-(?:3|ada)|davinci|codex-|computer-use)", "openai"),
    (r"claude-", "anthropic"),
    (r"gemini-|text-embedding-00|models/gemini-", "gemini"),
    (r"grok-", "xai"),
    (r"deepseek-(?:chat|reasoner)", "deepseek"),
    (r"(?:open-)?(?:mistral|mixtral|codestral|ministral|magistral|devstral|pixtral)-(?!.*instruct)", "mistral"),
    (r"qwen-(?:max|plus|turbo|flash|long|vl)|qwen3-max", "qwen"),
    (r"command-", "cohere"),
    (r"sonar(?:-|\Z)", "perplexity"),
    (r"(?:kimi-|moonshot-)", "moonshot"),
    (r"glm-", "zai"),
)
"""How the names of a provider's models begin, where no other provider has such names. Open models are hosted by many."""

VENDOR_DOMAINS = frozenset({
    "ai21.com", "anthropic.com", "api.openai.com", "bigmodel.cn", "cohere.ai", "cohere.com", "deepseek.com",
    "generativelanguage.googleapis.com", "inceptionlabs.ai", "llama.com", "minimax.io", "minimaxi.com", "mistral.ai", "moonshot.ai",
    "moonshot.cn", "openrouter.ai", "perplexity.ai", "x.ai", "z.ai",
})  # fmt: skip
"""Under which names the vendors themselves, and the aggregator, serve models at the prices of their lists."""

HOSTS = frozenset({
    "anyscale", "aws", "awsbedrock", "azure", "azureai", "azureopenai", "baidu", "baseten", "bedrock", "cerebras",
    "chutes", "cloudflare", "databricks", "deepinfra", "fireworks", "fireworksai", "friendli", "gcp", "github",
    "githubcopilot", "googlecloud", "googlevertex", "groq", "hf", "huggingface", "hyperbolic", "lambda", "llamacpp",
    "llamafile", "lmstudio", "local", "localai", "nebius", "novita", "nvidia", "nvidianim", "ollamachat",
    "ollamacloud", "ovh", "parasail", "replicate", "sagemaker", "sambanova", "scaleway", "siliconflow", "targon",
    "tencent", "together", "togetherai", "vertex", "vertexai", "vllm", "volcengine", "watsonx",
})  # fmt: skip
"""Names, in small letters and digits alone, of hosts that serve the models of others: no list speaks for their prices."""
