"""The points are read off the source; a point that cannot be struck, or an excuse without a reason, would go unnoticed."""

from collections import Counter
from pathlib import Path
from textwrap import dedent

import pytest
from torture.kills import labels
from torture.kills.labels import points, points_of
from torture.kills.plan import stale


def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> list[str]:
    """Return the labels of a module."""
    monkeypatch.setattr(labels, "PACKAGE", tmp_path)
    file = tmp_path / "room.py"
    file.write_text(dedent(source))
    return [point.label for point in points_of(file)]


def test_every_way_to_wait_and_every_touch_of_the_disk_is_a_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not labelled is never killed at."""
    found = read(
        tmp_path,
        monkeypatch,
        """
        class Room:
            async def live(self):
                async with self.lock:
                    await self.store.get(await self.key())
                async for page in pages():
                    pass
                return [item async for item in items()]

            def write(self, connection):
                connection.execute("BEGIN")
                os.close(os.open(self.path))
                return connection.execute(SQL).fetchone()
        """,
    )
    assert found == [
        "room.Room.live: async with self.lock",
        "room.Room.live: await self.store.get",
        "room.Room.live: await self.key",
        "room.Room.live: async for pages",
        "room.Room.live: async for items",
        "room.Room.write: connection.execute BEGIN",
        "room.Room.write: os.close",
        "room.Room.write: os.open",
        "room.Room.write: connection.execute SQL",
    ]


def test_what_only_looks_like_a_file_is_no_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replacing letters, or the day of a date, moves no file."""
    found = read(
        tmp_path,
        monkeypatch,
        """
        def tidy(path, text, day, order):
            replace(order, state=1)
            day.replace(day=1)
            text.replace("a", "b")
            path.replace(other)
        """,
    )
    assert found == ["room.tidy: path.replace"]


def test_the_rooms_that_spend_have_their_points_each_by_its_own_name() -> None:
    """Two points of one label would be counted as one."""
    found = [point.label for point in points()]
    assert [label for label, times in Counter(found).items() if times > 1] == []
    assert {
        "orders.flight.send_once: await provider.submit",
        "orders.store.Store._transaction: connection.execute COMMIT",
        "providers.http.client.HttpClient.purchase: await self._send",
        "house.House._async_start: await self.engine.start",
    } <= set(found)


def test_no_point_is_excused_that_is_not_there_any_more() -> None:
    """A list of exceptions must not outlive its reasons."""
    assert stale(points()) == []
