"""A witness in every Python process of a session: writes down who asks for the network.

Python imports a module of this name at its start, wherever PYTHONPATH leads to it. `WITNESS` names the file; a
line is the process, what it did, and with what. Unix sockets are no network.
"""

import os
import socket
import sys

_file = os.open(os.environ["WITNESS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
_ASKS_A_NAME = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}


def _write(*words: object) -> None:
    os.write(_file, f"{os.getpid()} {' '.join(map(str, words))}\n".encode())


def _witness(event: str, arguments: tuple) -> None:
    if event == "socket.__new__" and arguments[1] != socket.AF_UNIX:
        _write("opened", arguments[1:])
    elif event in _ASKS_A_NAME:
        _write("asked", event, arguments)


_write("began", *sys.orig_argv)
sys.addaudithook(_witness)
