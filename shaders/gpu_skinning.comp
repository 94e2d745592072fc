// Rest pose to posed vertices: what poses and faces add, then linear blend skinning with every influence.
layout(local_size_x = 64) in;
#include "gpu_people.glsl"
#include "gpu_body.glsl"
layout(std430, binding = 3) writeonly buffer Posed { vec4 posed[]; };   // position, 1; normal, how open

void main() {
    uint vertex = gl_GlobalInvocationID.x, count = lists[VERTICES];
    if (vertex >= count) return;
    vec3 place = three(REST * vertex), normal = three(REST * vertex + 3u);

    uint starts = lists[CORRECTIVES];
    uint first = lists[starts + vertex], last = lists[starts + vertex + 1u];
    uint at = lists[CORRECTIVE_VECTORS] + 27u * first;
    for (uint i = first; i < last; ++i) {
        uint feature = 9u * lists[starts + count + 1u + i];
        for (uint part = feature; part < feature + 9u; ++part, at += 3u)
            place += people[0].features[part >> 2][part & 3u] * three(at);
    }

    starts = lists[MOVEMENTS];
    first = lists[starts + vertex], last = lists[starts + vertex + 1u];
    at = lists[MOVEMENT_VECTORS] + 6u * first;
    for (uint i = first; i < last; ++i, at += 6u) {
        uint movement = lists[starts + count + 1u + i];
        float share = people[0].movements[movement >> 2][movement & 3u];
        if (share != 0.0) {
            place += share * three(at);
            normal += share * three(at + 3u);
        }
    }

    vec4 row_x = vec4(0.0), row_y = vec4(0.0), row_z = vec4(0.0);
    uint groups = lists[GROUPS];
    for (uint group = groups * vertex; group < groups * (vertex + 1u); ++group) {
        uvec4 joints = (uvec4(lists[lists[INFLUENCES] + group]) >> uvec4(0, 8, 16, 24)) & 255u;
        uint weights = lists[WEIGHTS] + 4u * group;
        for (uint i = 0u; i < 4u; ++i) {
            float weight = numbers[weights + i];
            uint bone = 3u * joints[i];
            row_x += weight * people[0].bones[bone];
            row_y += weight * people[0].bones[bone + 1u];
            row_z += weight * people[0].bones[bone + 2u];
        }
    }
    vec4 point = vec4(place, 1.0);
    vec3 turned = vec3(dot(row_x.xyz, normal), dot(row_y.xyz, normal), dot(row_z.xyz, normal));
    posed[2u * vertex] = vec4(dot(row_x, point), dot(row_y, point), dot(row_z, point), 1.0);
    posed[2u * vertex + 1u] = vec4(normalize(turned), numbers[REST * vertex + 6u]);
}
