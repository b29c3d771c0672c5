"""How many layers a GPU takes, with stated numbers: there is none here."""

from __future__ import annotations

from workbench.worker.devices import Device, gpus, layers_that_fit, spare_bytes

GIB = 1024**3


def test_some_of_every_gpu_is_left_free() -> None:
    assert spare_bytes((Device("a", 24 * GIB), Device("b", 512 * 1024**2))) == 24 * GIB - 768 * 1024**2
    assert spare_bytes(()) == 0


def test_layers_go_there_for_as_long_as_there_is_room() -> None:
    half = (Device("a", 4 * GIB + 768 * 1024**2),)
    assert layers_that_fit(half, layers=32, model_bytes=8 * GIB) == 16
    whole = (Device("a", 24 * GIB),)
    assert layers_that_fit(whole, layers=32, model_bytes=8 * GIB) == 33  # with the output layer
    assert layers_that_fit((), layers=32, model_bytes=8 * GIB) == 0


def test_what_is_found_here_has_a_name_and_free_memory() -> None:
    assert all(device.name and device.free_bytes > 0 for device in gpus())
