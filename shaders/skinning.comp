// Linear blend skinning: one invocation a vertex, every influence the body has, float32 throughout.
layout(local_size_x = 64) in;

struct RestVertex { vec4 position; vec4 normal; };
struct PosedVertex { vec4 position; vec4 normal; };

layout(std430, binding = 0) readonly buffer Rest { RestVertex rest[]; };
layout(std430, binding = 1) readonly buffer Joints { uint joints[]; };
layout(std430, binding = 2) readonly buffer Weights { vec4 weights[]; };
layout(std430, binding = 3) readonly buffer Correctives { float correctives[]; };
layout(std430, binding = 4) readonly buffer Bones { vec4 bones[]; };
layout(std430, binding = 5) writeonly buffer Posed { PosedVertex posed[]; };

uniform uint vertex_count;
uniform bool has_correctives;

void main() {
    uint vertex = gl_GlobalInvocationID.x;
    if (vertex >= vertex_count) return;
    vec4 row_x = vec4(0.0), row_y = vec4(0.0), row_z = vec4(0.0);
    for (uint group = 0u; group < GROUPS; ++group) {
        uint numbers = joints[vertex * GROUPS + group];
        vec4 weight = weights[vertex * GROUPS + group];
        for (int i = 0; i < 4; ++i) {
            uint bone = 3u * ((numbers >> (8 * i)) & 255u);
            row_x += weight[i] * bones[bone];
            row_y += weight[i] * bones[bone + 1u];
            row_z += weight[i] * bones[bone + 2u];
        }
    }
    vec4 place = vec4(rest[vertex].position.xyz, 1.0);
    if (has_correctives)
        place.xyz += vec3(correctives[3u * vertex], correctives[3u * vertex + 1u], correctives[3u * vertex + 2u]);
    vec4 normal = rest[vertex].normal;
    posed[vertex].position = vec4(dot(row_x, place), dot(row_y, place), dot(row_z, place), 1.0);
    vec3 turned = vec3(dot(row_x.xyz, normal.xyz), dot(row_y.xyz, normal.xyz), dot(row_z.xyz, normal.xyz));
    posed[vertex].normal = vec4(normalize(turned), normal.w);
}
