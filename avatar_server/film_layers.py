"""What a renderer knows of a film beside its colours: how far people are, and who is who, in files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from avatar_server.render.contract import Renderer
from avatar_server.render.layer_files import depth_exr, depth_png, mask_png
from avatar_server.segments.film import Film


@dataclass(frozen=True, slots=True)
class Layers:
    """Which are wanted. depth: one of `layer_files.DEPTH_KINDS`, or empty for none."""

    depth: str = ""
    masks: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of the folders."""
        return (*(("depth",) if self.depth else ()), *(("masks",) if self.masks else ()))


def write_layers(
    film: Film,
    renderer: Renderer,
    folders: dict[str, Path],
    layers: Layers,
    *,
    progress: Callable[[int], None] = lambda done: None,
) -> None:
    """Write one file a picture of `film` and layer, called as pictures of a sequence are.

    folders: by the names of `Layers`. One sample at each pixel's centre: no smooth edges, so that every
    number is one that was measured.
    """
    for index in range(film.picture_count):
        snapshot = film.snapshot(index)
        if layers.depth:
            write = depth_exr if layers.depth == "exr" else depth_png
            path = folders["depth"] / file_name(index, layers.depth)
            path.write_bytes(write(renderer.depth(snapshot)))
        if layers.masks:
            path = folders["masks"] / file_name(index, "png")
            path.write_bytes(mask_png(renderer.silhouette(snapshot)))
        progress(index + 1)


def file_name(index: int, ending: str) -> str:
    """`000000.png`, in the order of showing."""
    return f"{index:06d}.{ending}"
