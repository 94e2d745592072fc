"""A camera that travels with people is where the programme says, in every picture that is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

from avatar_server.scene.snapshot import Camera, Snapshot
from avatar_server.stage.test_card import TestCard
from tests.stage.loop_run import Run


@dataclass(frozen=True, slots=True)
class TravellingCard(TestCard):
    """Cameras go one metre a second to the right."""

    def camera_at(self, time_s: float, camera: Camera) -> Camera:
        x, y, z = camera.eye
        return replace(camera, eye=(x + time_s, y, z))

    def snapshot_at(self, time_s: float, camera: Camera) -> Snapshot:
        return replace(TestCard.snapshot_at(self, time_s, camera), camera=self.camera_at(time_s, camera))


def test_every_picture_is_seen_from_where_the_camera_is() -> None:
    run = Run(0.005, programme=TravellingCard())
    drawn: list[Snapshot] = []
    submit = run.renderer.submit

    def note(snapshot: Snapshot, *, hasty: bool = False) -> None:
        drawn.append(snapshot)
        submit(snapshot, hasty=hasty)

    run.renderer.submit = note  # type: ignore[method-assign]
    start_x = run.desk.moment(0.0).orbit_of("presenter").camera().eye[0]
    run.until(1.0)
    assert len(drawn) > 20
    for snapshot in drawn:
        assert abs(snapshot.camera.eye[0] - start_x - snapshot.time_s) < 1e-9
