"""Importing lancedb imports a generated REST client, 148 pydantic classes that nothing here uses: nearly half of what
all imports of a search cost. With this, each is imported when somebody uses it.

A class stands in for each, which makes instances of the real one, knows them, and has its attributes.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

PACKAGE = "lance_namespace_urllib3_client"
MODELS = f"{PACKAGE}.models"


def import_when_used() -> None:
    """Once, before anything imports lancedb; afterwards it changes nothing."""
    if PACKAGE not in sys.modules and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


@lru_cache(maxsize=512)
def _real(name: str) -> Any:
    """The class `name`, from the module that the generator made for it."""
    module = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return getattr(import_module(f"{MODELS}.{module}"), name)


class _Stand(type):
    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        return _real(cls.__name__)(*arguments, **named)

    def __getattr__(cls, name: str) -> Any:
        return getattr(_real(cls.__name__), name)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real(cls.__name__))


class _Finder(MetaPathFinder, Loader):
    """Finds the package and its models, whose own __init__ is not run; what lies in them is imported as it is."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in (PACKAGE, MODELS):
            return None
        found = PathFinder.find_spec(fullname, path)
        if found is None or found.submodule_search_locations is None:
            return found
        spec = ModuleSpec(fullname, self, origin=found.origin, is_package=True)
        spec.submodule_search_locations = found.submodule_search_locations
        return spec

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__getattr__"] = _stand_in if module.__name__ == MODELS else _from_package

    def create_module(self, spec: ModuleSpec) -> None:
        return None  # Python's own way


def _from_package(name: str) -> Any:
    """What the package itself offers, for a caller who does use the client: now its own __init__ is run."""
    module, found = sys.modules[PACKAGE], PathFinder.find_spec(PACKAGE)
    if name.startswith("__") or found is None or found.loader is None:
        raise AttributeError(f"module {PACKAGE!r} has no attribute {name!r}")
    del module.__dict__["__getattr__"]
    found.loader.exec_module(module)
    return getattr(module, name)


def _stand_in(name: str) -> Any:
    if not name[:1].isupper():
        raise AttributeError(f"module {MODELS!r} has no attribute {name!r}")
    return _stands(name)


@lru_cache(maxsize=512)
def _stands(name: str) -> Any:
    return _Stand(name, (), {"__module__": MODELS})
