"""SQLite's own interface to the disk as it lies in memory: https://sqlite.org/c3ref/vfs.html and io_methods.html."""

import ctypes
from typing import Any, Final

CREATE: Final = 0x4
_MAIN_JOURNAL: Final = 0x800
_SUPER_JOURNAL: Final = 0x4000
_WAL: Final = 0x80000
SYNCS_ITS_FOLDER: Final = _MAIN_JOURNAL | _SUPER_JOURNAL | _WAL


class NoWayIn(RuntimeError):
    """This Python's SQLite does not let us put a VFS of our own under it."""


Pointer = ctypes.c_void_p

Open = ctypes.PYFUNCTYPE(
    ctypes.c_int,
    Pointer,
    Pointer,
    Pointer,
    ctypes.c_int,
    ctypes.POINTER(ctypes.c_int),
)
Delete = ctypes.PYFUNCTYPE(ctypes.c_int, Pointer, ctypes.c_char_p, ctypes.c_int)
Close = ctypes.PYFUNCTYPE(ctypes.c_int, Pointer)
Write = ctypes.PYFUNCTYPE(ctypes.c_int, Pointer, Pointer, ctypes.c_int, ctypes.c_int64)
Truncate = ctypes.PYFUNCTYPE(ctypes.c_int, Pointer, ctypes.c_int64)
Sync = ctypes.PYFUNCTYPE(ctypes.c_int, Pointer, ctypes.c_int)


def called_by_sqlite(kind: Any) -> Any:
    """Return the same kind of function for calls from SQLite, which holds no lock of Python's."""
    return ctypes.CFUNCTYPE(kind._restype_, *kind._argtypes_)


class Vfs(ctypes.Structure):
    """What SQLite knows of a way to the disk."""

    _fields_ = [
        ("version", ctypes.c_int),
        ("size_of_file", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", Pointer),
        ("name", ctypes.c_char_p),
        ("app_data", Pointer),
        ("open", Pointer),
        ("delete", Pointer),
        ("others", Pointer * 14),
    ]


class Methods(ctypes.Structure):
    """What can be done with an open file."""

    _fields_ = [
        ("version", ctypes.c_int),
        ("close", Pointer),
        ("read", Pointer),
        ("write", Pointer),
        ("truncate", Pointer),
        ("sync", Pointer),
        ("others", Pointer * 13),
    ]


class File(ctypes.Structure):
    """An open file: ours to know is only where its methods are."""

    _fields_ = [("methods", Pointer)]


def library() -> ctypes.CDLL:
    """Return the SQLite that Python's own module uses."""
    import _sqlite3  # noqa: PLC0415 - private: only its place is wanted

    for place in (getattr(_sqlite3, "__file__", None), None):
        library = ctypes.CDLL(place)
        if hasattr(library, "sqlite3_vfs_register"):
            library.sqlite3_vfs_find.restype = Pointer
            library.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
            return library
    raise NoWayIn("this Python's SQLite does not export sqlite3_vfs_register")
