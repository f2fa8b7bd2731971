"""A provider joins by existing, and costs nothing until it is used."""

from pathlib import Path
import subprocess
import sys
from typing import cast

import aiohttp
import pytest

from custom_components.esim_topup import providers
from custom_components.esim_topup.providers import (
    UnknownProvider,
    create_provider,
    load_info,
    provider_keys,
)
from custom_components.esim_topup.providers.demo import DemoProvider

NOBODY = cast(aiohttp.ClientSession, None)
"""The demo operator talks to nobody."""


def test_the_demo_comes_first_and_the_rest_by_name() -> None:
    """A newcomer must find what needs no account; everybody else looks by name."""
    assert providers._found(["zeta", "demo", "alpha"]) == ("demo", "alpha", "zeta")


def test_what_providers_share_is_no_provider() -> None:
    """The flow must not offer an account at "http"."""
    assert providers._found(
        ["base", "errors", "http", "money", "_paging", "alpha"]
    ) == ("alpha",)


def test_the_list_is_what_lies_in_the_folder() -> None:
    """Adding a provider is adding a module: nothing else may be forgotten."""
    folder = Path(providers.__file__).parent
    found = {path.stem for path in folder.glob("*.py")} | {
        path.parent.name for path in folder.glob("*/__init__.py")
    }
    assert set(provider_keys()) == {
        name
        for name in found
        if name not in providers._HOUSE and not name.startswith("_")
    }
    assert provider_keys()[0] == "demo"


@pytest.mark.parametrize("key", provider_keys())
def test_every_provider_tells_what_it_is_under_its_own_name(key: str) -> None:
    """A stored account finds its provider again by this key."""
    assert load_info(key).key == key


def test_a_provider_is_made_by_its_key(tmp_path: Path) -> None:
    """The flow knows keys, not classes."""
    provider = create_provider("demo", {"books": str(tmp_path / "books.db")}, NOBODY)
    assert isinstance(provider, DemoProvider)
    assert provider.info is load_info("demo")


@pytest.mark.parametrize(
    "key", ["base", "http", "_hidden", "", "os", "demo.books", "nobody"]
)
def test_an_unknown_key_is_refused_by_name(key: str) -> None:
    """An account left over from another version gets a reason, and never decides what is imported."""
    with pytest.raises(UnknownProvider, match="^unknown_provider$"):
        load_info(key)
    with pytest.raises(UnknownProvider, match="^unknown_provider$"):
        create_provider(key, {}, NOBODY)


def test_importing_the_registry_imports_no_provider_and_no_http_client() -> None:
    """Each provider module would otherwise be paid for at every start, used or not."""
    script = (
        "import sys, types\n"
        "house = types.ModuleType('house'); house.__path__ = [sys.argv[1]]; sys.modules['house'] = house\n"
        "import house.providers as registry\n"
        "loaded = [f'house.providers.{key}' for key in registry.provider_keys()] + ['aiohttp', 'homeassistant']\n"
        "print([name for name in loaded if name in sys.modules])\n"
    )
    house = Path(providers.__file__).parent.parent
    run = subprocess.run(
        [sys.executable, "-c", script, house],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"
