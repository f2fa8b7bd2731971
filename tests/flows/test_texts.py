"""The texts of the flows: what a test has not walked through has one too."""

from collections.abc import Iterator
import inspect
from pathlib import Path
import re

from homeassistant.config_entries import ConfigFlow
from iso4217 import Currency
import pytest

from custom_components.esim_topup.config_flow import EsimTopupConfigFlow
from custom_components.esim_topup.config_flow.defaults import proposed_limits
from custom_components.esim_topup.config_flow.limits_form import (
    limits_as_form,
    limits_from_form,
)
from custom_components.esim_topup.config_flow.line import LineFlow
from custom_components.esim_topup.config_flow.rest_forms import PARTS
from custom_components.esim_topup.orders.rule import RuleProblem
from custom_components.esim_topup.providers import load_info, provider_keys
from custom_components.esim_topup.providers.base import ProviderInfo

from .walk import TEXTS

ROOT = Path("custom_components/esim_topup")


def steps_of(flow: type) -> set[str]:
    """Return the steps that a flow has."""
    names = (name for name, _ in inspect.getmembers(flow, inspect.isfunction))
    return {
        name.removeprefix("async_step_")
        for name in names
        if name.startswith("async_step_")
    }


def test_every_step_has_a_text_and_every_text_a_step() -> None:
    """A text that nobody reads is translated for nothing; a step without one is a blank page."""
    without_form = {"reauth", "reconfigure", "rest_accept"}
    ours = steps_of(EsimTopupConfigFlow) - steps_of(ConfigFlow) - without_form
    assert ours | {"user"} == set(TEXTS["config"]["step"])
    assert steps_of(LineFlow) == set(TEXTS["config_subentries"]["line"]["step"])


def test_every_mistake_in_a_description_has_a_text() -> None:
    """A bare `bad_expression` helps nobody."""
    sources = [
        *(ROOT / "providers" / "rest").glob("*.py"),
        ROOT / "providers" / "http" / "address.py",
    ]
    raised = re.compile(
        r'(?:fail|RestConfigError|TemplateError|InvalidBaseUrl)\([^()]*?"([a-z_]+)"\)'
    )
    codes = {
        code
        for source in sources
        for code in raised.findall(source.read_text(encoding="utf-8"))
    }
    assert len(codes) > 20
    assert codes <= set(TEXTS["config"]["error"])


def _all_texts(texts: object) -> Iterator[str]:
    if isinstance(texts, dict):
        for each in texts.values():
            yield from _all_texts(each)
    else:
        yield str(texts)


def test_the_provider_is_no_name_in_the_middle_of_a_sentence() -> None:
    """A text that was made by replacing words reads as if nobody had read it."""
    texts = [TEXTS[key] for key in ("config", "config_subentries", "options", "issues")]
    spoilt = re.compile(r"[a-z,;] The provider")
    assert not [text for text in _all_texts(texts) if spoilt.search(text)]


def test_only_an_error_above_a_section_has_to_name_its_field() -> None:
    """Beside its field a second name is noise; `read.path` is no name at all."""
    errors = TEXTS["config"]["error"]
    assert {key for key, text in errors.items() if "{field}" in text} == {"in_section"}


def test_every_problem_of_a_rule_has_a_text() -> None:
    """What `orders` finds wrong is said beside the field."""
    assert {problem.value for problem in RuleProblem} <= set(
        TEXTS["config_subentries"]["line"]["error"]
    )


@pytest.mark.parametrize(
    "info", [load_info(key) for key in provider_keys()], ids=lambda info: info.key
)
def test_every_credential_has_a_text(info: ProviderInfo) -> None:
    """A provider that joins brings fields that nobody has explained yet."""
    texts = TEXTS["config"]["step"]
    step = "rest_connection" if info.key == "rest" else "credentials"
    for field in info.credentials:
        assert field.key in texts[step]["data_description"]
        if field.secret:
            assert field.key in texts["reauth_confirm"]["data_description"]


@pytest.mark.parametrize("part", PARTS.values(), ids=lambda part: part.step)
def test_every_field_of_a_description_has_a_text(part: object) -> None:
    """And no text belongs to a field that is gone."""
    texts = TEXTS["config"]["step"][part.step]  # type: ignore[attr-defined]
    schema = part.schema().schema  # type: ignore[attr-defined]
    sections = {
        key.schema: kind.schema.schema
        for key, kind in schema.items()
        if hasattr(kind, "schema")
    }
    plain = {key.schema for key in schema} - set(sections)
    assert plain == set(texts["data"]) == set(texts["data_description"])
    assert set(sections) == set(texts["sections"])
    for name, fields in sections.items():
        keys = {key.schema for key in fields}
        assert (
            keys
            == set(texts["sections"][name]["data"])
            == set(texts["sections"][name]["data_description"])
        )


@pytest.mark.parametrize(
    "currency", [each.code for each in Currency if each.exponent is not None]
)
def test_proposed_limits_are_taken_as_they_are(currency: str) -> None:
    """A form whose own proposal is refused cannot be sent, whatever money it is about."""
    proposed = proposed_limits(currency)
    assert limits_from_form(limits_as_form(proposed), currency) == (proposed, {})
