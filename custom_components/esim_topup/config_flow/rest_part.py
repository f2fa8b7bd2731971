"""One form of the description of an API: from the description to what is shown, and back.

A field is named by its place in the description (`order.status`); in a form the dot is an underscore. A section holds what
most people leave alone.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain
import json
from typing import Any, Final

from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import Selector
import voluptuous as vol

SECRET: Final = "auth_value"
HEADERS: Final = "headers"

type Fields = Mapping[str, Selector[Any]]
"""Places in the description, with how they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One form."""

    step: str
    fields: Fields
    sections: Mapping[str, Fields] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    def schema(self) -> vol.Schema:
        """Return the form."""
        form = self._form(self.fields)
        for name, fields in self.sections.items():
            form[vol.Required(name)] = section(
                vol.Schema(self._form(fields)), {"collapsed": True}
            )
        return vol.Schema(form)

    def _form(self, fields: Fields) -> dict[vol.Marker, Any]:
        return {
            (vol.Required if place in self.required else vol.Optional)(
                _key(place)
            ): selector
            for place, selector in fields.items()
        }

    def shown(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of the description this form shows; never the secret."""
        values: dict[str, Any] = {
            _key(place): _value(description, place)
            for place in self.fields
            if place != SECRET
        }
        for name, fields in self.sections.items():
            values[name] = _known(
                {_key(place): _value(description, place) for place in fields}
            )
        return _known(values)

    def taken(
        self, description: Mapping[str, Any], user_input: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the description with what was typed here; a field that was left blank is not in it."""
        result = deepcopy(dict(description))
        for place, value in self._typed(user_input):
            if value or place != SECRET:  # a blank secret stays as it is
                _put(result, place, _headers(value) if place == HEADERS else value)
        return result

    def _typed(self, user_input: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        yield from ((place, user_input.get(_key(place))) for place in self.fields)
        for name, fields in self.sections.items():
            yield from ((place, user_input[name].get(_key(place))) for place in fields)

    def field_at(self, place: str) -> str | None:
        """Return the field for a place in the description, if this form has it."""
        place = HEADERS if place.startswith(f"{HEADERS}.") else place
        return place if place in self._places else None

    def field_under(self, place: str) -> str | None:
        """Return the field for a place; a mistake in a whole part of the description stands at the first field of it."""
        under = (each for each in self._places if each.startswith(f"{place}."))
        return self.field_at(place) or next(under, None)

    def label_path(self, place: str) -> str:
        """Return where the translations of this form have a field's name."""
        section_name = self._section(place)
        key = f"data.{_key(place)}"
        return key if section_name is None else f"sections.{section_name}.{key}"

    def errors(self, place: str, code: str) -> dict[str, str]:
        """Return the form's errors for a mistake in a field. The frontend cannot show one beside a field of a section."""
        section_name = self._section(place)
        if section_name is None:
            return {_key(place): code}
        return {section_name: code, "base": "in_section"}

    @property
    def _places(self) -> tuple[str, ...]:
        return (*self.fields, *chain.from_iterable(self.sections.values()))

    def _section(self, place: str) -> str | None:
        return next(
            (name for name, fields in self.sections.items() if place in fields), None
        )


def _key(place: str) -> str:
    return place.replace(".", "_")


def _value(description: Mapping[str, Any], place: str) -> Any:
    """Return what stands in a place, as a form shows it."""
    value: Any = description
    for name in place.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    match place, value:
        case _, None:
            return None
        case "headers", Mapping():
            return [f"{name}: {text}" for name, text in value.items()]
        case "order.body", Mapping():
            return json.dumps(value, indent=2)
        case _:
            return value


def _put(description: dict[str, Any], place: str, value: Any) -> None:
    """Put a value in its place. A blank one takes its place away, and a part without any fields is no part."""
    name, _, rest = place.partition(".")
    if rest:
        part = description.setdefault(name, {})
        _put(part, rest, value)
        value = part
    if value is None or value is False or value in ("", [], {}):
        description.pop(name, None)
    else:
        description[name] = value


def _headers(lines: list[str] | None) -> dict[str, str]:
    pairs = [line.partition(":") for line in lines or ()]
    # Half a header must not vanish silently: a line break is what the description's own check refuses.
    return {name.strip(): value.strip() or "\n" for name, _, value in pairs}


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
