// How much of the key light and of the light from everywhere reaches a vertex.
//
// The key is a disc in the sky, so shadows widen with the distance of what casts them (percentage-closer soft
// shadows, Fernando 2005): first the mean distance of what is in the way, then a filter as wide as that asks.
// Light from everywhere is kept off by spheres that stand for the limbs (Quilez, sphere ambient occlusion).
uniform sampler2D shadow_depth;
uniform sampler2DShadow shadow_map;

const float WIDEST_M = 0.045;
const vec2 DISC[8] = vec2[](
    vec2(0.25, 0.0), vec2(-0.319, 0.292), vec2(0.049, -0.557), vec2(0.402, 0.525),
    vec2(-0.738, -0.130), vec2(0.700, -0.445), vec2(-0.234, 0.870), vec2(-0.446, -0.859));

float key_visibility(vec3 position, vec3 normal) {
    float texel_m = shadow_texel.x, texel = shadow_texel.y;
    vec3 lifted = position + normal * (0.006 + texel_m) + key_direction.xyz * 0.006;
    vec3 at = (light_clip_from_world * vec4(lifted, 1.0)).xyz * 0.5 + 0.5;
    float search = WIDEST_M / texel_m * texel;
    float gap = 0.0, found = 0.0;
    for (int i = 0; i < 8; ++i) {
        float closer = at.z - textureLod(shadow_depth, at.xy + DISC[i] * search, 0.0).r;
        gap += max(closer, 0.0);
        found += step(0.0, closer);
    }
    float gap_m = gap / max(found, 1.0) * key_direction.w;
    float radius = clamp(gap_m * TAN_LIGHT_RADIUS, 1.5 * texel_m, WIDEST_M) / texel_m * texel;
    float seen = 0.0;
    for (int i = 0; i < 8; ++i)
        seen += textureLod(shadow_map, vec3(at.xy + DISC[i] * radius, at.z), 0.0);
    return seen * 0.125;
}

// open: how open it is in the rest pose.
float openness(vec3 position, vec3 normal, float open) {
    for (int i = 0; i < LIMBS; ++i) {
        vec3 to = limbs[i].xyz - position;
        float radius_squared = limbs[i].w * limbs[i].w;
        float squared = max(dot(to, to), radius_squared) + 1e-8;
        open *= 1.0 - 0.9 * max(dot(to, normal), 0.0) * inversesqrt(squared) * radius_squared / squared;
    }
    return open;
}

// Seen from the camera: the plane's unit circle is the outline of a sphere, its middle faces the camera.
vec2 stereographic(vec3 direction) {
    vec3 seen = vec3(
        dot(view_axes[0].xyz, direction), dot(view_axes[1].xyz, direction), dot(view_axes[2].xyz, direction));
    return clamp(seen.xy / max(1.0 + seen.z, 0.3), -WIDEST_NORMAL, WIDEST_NORMAL);
}
