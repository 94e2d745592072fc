// How much of the key light and of the light from everywhere reaches each vertex.
//
// The key is a disc in the sky, so shadows widen with the distance of what casts them (percentage-closer soft
// shadows, Fernando 2005): first the mean distance of what is in the way, then a filter as wide as that asks.
// Light from everywhere is kept off by spheres that stand for the limbs (Quilez, sphere ambient occlusion).
layout(local_size_x = 64) in;
#include "frame.glsl"

struct PosedVertex { vec4 position; vec4 normal; };
layout(std430, binding = 0) buffer Posed { PosedVertex posed[]; };
layout(std430, binding = 1) readonly buffer Occluders { vec4 occluders[]; };

uniform sampler2D shadow_depth;
uniform sampler2DShadow shadow_map;
uniform uint vertex_count;
uniform int occluder_count;

const float TAN_LIGHT_RADIUS = 0.075;
const float WIDEST_M = 0.045;
const vec2 DISC[8] = vec2[](
    vec2(0.25, 0.0), vec2(-0.319, 0.292), vec2(0.049, -0.557), vec2(0.402, 0.525),
    vec2(-0.738, -0.130), vec2(0.700, -0.445), vec2(-0.234, 0.870), vec2(-0.446, -0.859));

float key_visibility(vec3 place, vec3 normal) {
    if (dot(normal, key_direction.xyz) < -0.12) return 0.0;
    float texel_m = key_colour.w;
    vec3 lifted = place + normal * (0.006 + texel_m) + key_direction.xyz * 0.006;
    vec4 clip = light_clip_from_world * vec4(lifted, 1.0);
    vec3 at = clip.xyz * 0.5 + 0.5;
    float texel = 1.0 / float(textureSize(shadow_depth, 0).x);
    float search = WIDEST_M / texel_m * texel;
    float gap = 0.0, found = 0.0;
    for (int i = 0; i < 8; ++i) {
        float depth = textureLod(shadow_depth, at.xy + DISC[i] * search, 0.0).r;
        float closer = at.z - depth;
        gap += closer > 0.0 ? closer : 0.0;
        found += closer > 0.0 ? 1.0 : 0.0;
    }
    if (found == 0.0) return 1.0;
    float gap_m = gap / found * key_direction.w;
    float radius = clamp(gap_m * TAN_LIGHT_RADIUS, 1.5 * texel_m, WIDEST_M) / texel_m * texel;
    float seen = 0.0;
    for (int i = 0; i < 8; ++i)
        seen += textureLod(shadow_map, vec3(at.xy + DISC[i] * radius, at.z), 0.0);
    return seen * 0.125;
}

float openness(vec3 place, vec3 normal) {
    float open = 1.0;
    for (int i = 0; i < occluder_count; ++i) {
        vec3 to = occluders[i].xyz - place;
        float squared = dot(to, to);
        float size = occluders[i].w * occluders[i].w / max(squared, occluders[i].w * occluders[i].w);
        float facing = max(dot(to, normal), 0.0) * inversesqrt(max(squared, 1e-8));
        open *= 1.0 - 0.9 * facing * size;
    }
    return open;
}

void main() {
    uint vertex = gl_GlobalInvocationID.x;
    if (vertex >= vertex_count) return;
    vec3 place = posed[vertex].position.xyz;
    vec4 normal = posed[vertex].normal;
    posed[vertex].position.w = key_visibility(place, normal.xyz);
    posed[vertex].normal.w = normal.w * openness(place, normal.xyz);
}
