// The second direction of the blur, and what people keep off the floor of the light from everywhere.
// Red: how much of the key arrives; green: how much of the rest.
#include "frame.glsl"
uniform sampler2D masks;
uniform vec3 falloff;
uniform ivec2 in_use;
uniform int reach;
uniform int occluder_count;
layout(std430, binding = 1) readonly buffer Occluders { vec4 occluders[]; };
out vec4 arriving;

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    vec3 sum = vec3(0.0), total = vec3(0.0);
    for (int i = -reach; i <= reach; ++i) {
        ivec2 there = clamp(here + ivec2(0, i), ivec2(0), in_use - 1);
        vec3 weight = exp2(-float(i * i) * falloff);
        sum += weight * texelFetch(masks, there, 0).rgb;
        total += weight;
    }
    vec3 through = 1.0 - sum / total;
    vec2 spot = floor_patch.xy + gl_FragCoord.xy * floor_texels.z;
    float open = 1.0;
    for (int i = 0; i < occluder_count; ++i) {
        vec3 to = occluders[i].xyz - vec3(spot.x, 0.0, spot.y);
        float radius = occluders[i].w;
        float squared = max(dot(to, to), radius * radius);
        open *= 1.0 - 0.95 * max(to.y, 0.0) * radius * radius * inversesqrt(squared) / squared;
    }
    // The patch fades out at its border, where next to nothing is kept off any more.
    vec2 inside = min(gl_FragCoord.xy, floor_texels.xy - gl_FragCoord.xy) * floor_texels.z;
    float edge = clamp(min(inside.x, inside.y) / 0.25, 0.0, 1.0);
    arriving = vec4(mix(vec2(1.0), vec2(through.x * through.y * through.z, open), edge), 0.0, 1.0);
}
