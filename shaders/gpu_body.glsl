// What is kept of a body. Packed by avatar_server/render/gpu/body.py.
//
// Lists begin with their heads: how many vertices there are; whether each face is of one material; where influences,
// correctives and the face's movements begin, in lists and in numbers. A vertex' correctives are those of the joints
// from one beginning to the next, nine vectors each; its face's movements are of a position and a normal each.
layout(std430, binding = 1) readonly buffer Lists { uint lists[]; };
layout(std430, binding = 2) readonly buffer Numbers { float numbers[]; };

const uint VERTICES = 0u, SOLID = 1u, INFLUENCES = 2u, CORRECTIVES = 3u, MOVEMENTS = 4u, WEIGHTS = 5u, CORRECTIVE_VECTORS = 6u,
    MOVEMENT_VECTORS = 7u, GROUPS = 8u;

// Twelve numbers a vertex: position, normal, how open it is, number of its paint, distances to garments' borders.
const uint REST = 12u;

vec3 three(uint at) {
    return vec3(numbers[at], numbers[at + 1u], numbers[at + 2u]);
}
