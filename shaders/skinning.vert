// Linear blend skinning with every influence the body has, in float32, captured by transform feedback.
#include "person.glsl"
in vec3 rest_position;
in vec4 rest_normal;    // w: how open the vertex is in the rest pose
in vec3 corrective;
in vec3 turn;           // what the face adds to the normal
#if GROUPS <= 3
in uvec4 joints[GROUPS];
in vec4 weights[GROUPS];
#else
layout(std430, binding = 0) readonly buffer Joints { uint packed_joints[]; };
layout(std430, binding = 1) readonly buffer Weights { vec4 packed_weights[]; };
#endif

out vec4 posed_position;
out vec4 posed_normal;

void main() {
    vec4 row_x = vec4(0.0), row_y = vec4(0.0), row_z = vec4(0.0);
    for (int group = 0; group < GROUPS; ++group) {
#if GROUPS <= 3
        uvec4 joint = joints[group];
        vec4 weight = weights[group];
#else
        uvec4 joint = (uvec4(packed_joints[gl_VertexID * GROUPS + group]) >> uvec4(0, 8, 16, 24)) & 255u;
        vec4 weight = packed_weights[gl_VertexID * GROUPS + group];
#endif
        for (int i = 0; i < 4; ++i) {
            uint bone = 3u * joint[i];
            row_x += weight[i] * bones[bone];
            row_y += weight[i] * bones[bone + 1u];
            row_z += weight[i] * bones[bone + 2u];
        }
    }
    vec4 place = vec4(rest_position + corrective, 1.0);
    posed_position = vec4(dot(row_x, place), dot(row_y, place), dot(row_z, place), 1.0);
    vec3 normal = rest_normal.xyz + turn;
    vec3 turned = vec3(dot(row_x.xyz, normal), dot(row_y.xyz, normal), dot(row_z.xyz, normal));
    posed_normal = vec4(normalize(turned), rest_normal.w);
}
