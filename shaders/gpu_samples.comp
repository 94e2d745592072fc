// Which face is nearest in each sample: first how near, then (with WHO) whose. The one drawn first wins where two are
// equally near, whatever order the GPU works in.
layout(local_size_x = 64) in;
#include "gpu_faces.glsl"
layout(std430, binding = 6) buffer Depths { uint depths[]; };
layout(std430, binding = 7) buffer Nearest { uint nearest[]; };
uniform uvec4 figure;     // number of its first face and of faces, number of its first corner, its own number

void main() {
    if (gl_GlobalInvocationID.x >= figure.y) return;
    uint number = figure.x + gl_GlobalInvocationID.x;
    Face face;
    if (!open_face(number, figure.z, face)) return;
    vec3 depth = vec3(
        corners[face.corner.x].depth, corners[face.corner.y].depth, corners[face.corner.z].depth);
    if (min(min(depth.x, depth.y), depth.z) < 0.0) return;
    ivec2 extent = max(max(face.a, face.b), face.c) + 1 << face.shift;
    ivec2 first = max(face.origin + 127 >> 8, ivec2(0));
    ivec2 last = min(face.origin + extent - 128 >> 8, ivec2(GRID) - 1);
    for (int y = first.y; y <= last.y; ++y)
        for (int x = first.x; x <= last.x; ++x) {
            ivec3 share = shares(face, ivec2(x, y));
            if (!covers(face, share)) continue;
            precise vec3 part = vec3(share) / face.area;
            precise float found = depth.x + (part.y * (depth.y - depth.x) + part.z * (depth.z - depth.x));
            if (found < 0.0 || found >= 1.0) continue;
            uint steps = floatBitsToUint(found);
            uint place = 4u * (uint(y >> 1) * uint(WIDTH) + uint(x >> 1)) + uint(2 * (y & 1) + (x & 1));
#ifdef WHO
            if (depths[place] == steps) atomicMin(nearest[place], figure.w << 24 | gl_GlobalInvocationID.x);
#else
            atomicMin(depths[place], steps);
#endif
        }
}
