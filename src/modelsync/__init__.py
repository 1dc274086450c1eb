"""modelsync keeps the YAML file in which an application lists its LLM models true.

    from modelsync import Catalog, plan, sync

    catalog = Catalog.load("llm_models.yml")
    catalog["openai/gpt-4o"].input_usd_per_token

Importing the package costs no network and almost no time: each name is loaded when it is first used.
"""

TYPE_CHECKING = False  # what type checkers know as true, without the cost of importing typing
if TYPE_CHECKING:
    from modelsync.catalog.model import AmbiguousModel, Model, NoSuchFeature, NoSuchModel, NoSuchProvider
    from modelsync.catalog.view import Catalog, Provider
    from modelsync.costing.cost import Cost, cost
    from modelsync.costing.limits import Excess
    from modelsync.costing.usage import Usage
    from modelsync.errors import CatalogInvalid, InvalidCall, LockInvalid, ModelsyncError
    from modelsync.pipeline.library import plan, sync
    from modelsync.pipeline.writing import Result
    from modelsync.planning.changes import Plan
    from modelsync.planning.context import Options

__version__ = "0.1.0"

__all__ = [
    "AmbiguousModel",
    "Catalog",
    "CatalogInvalid",
    "Cost",
    "Excess",
    "InvalidCall",
    "LockInvalid",
    "Model",
    "ModelsyncError",
    "NoSuchFeature",
    "NoSuchModel",
    "NoSuchProvider",
    "Options",
    "Plan",
    "Provider",
    "Result",
    "Usage",
    "__version__",
    "cost",
    "plan",
    "sync",
]

_HOMES = {
    "AmbiguousModel": "modelsync.catalog.model",
    "Catalog": "modelsync.catalog.view",
    "CatalogInvalid": "modelsync.errors",
    "Cost": "modelsync.costing.cost",
    "Excess": "modelsync.costing.limits",
    "InvalidCall": "modelsync.errors",
    "LockInvalid": "modelsync.errors",
    "Model": "modelsync.catalog.model",
    "ModelsyncError": "modelsync.errors",
    "NoSuchFeature": "modelsync.catalog.model",
    "NoSuchModel": "modelsync.catalog.model",
    "NoSuchProvider": "modelsync.catalog.model",
    "Options": "modelsync.planning.context",
    "Plan": "modelsync.planning.changes",
    "Provider": "modelsync.catalog.view",
    "Result": "modelsync.pipeline.writing",
    "Usage": "modelsync.costing.usage",
    "cost": "modelsync.costing.cost",
    "plan": "modelsync.pipeline.library",
    "sync": "modelsync.pipeline.library",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(home), name)
