#if SAMPLES != 4
#extension GL_ARB_cull_distance : enable
#endif
// Projection, and how much of the key light and of the light from everywhere reaches each vertex.
//
// The key is a disc in the sky, so shadows widen with the distance of what casts them (percentage-closer soft
// shadows, Fernando 2005): first the mean distance of what is in the way, then a filter as wide as that asks.
// Light from everywhere is kept off by spheres that stand for the limbs (Quilez, sphere ambient occlusion).
#include "frame.glsl"
#include "person.glsl"
#include "body_code.glsl"
in vec4 position;
in vec4 normal;     // w: how open the vertex is in the rest pose
in vec4 garment;
in float paint;     // number in PAINTS; 0 is bare skin, or what the garments say

uniform sampler2D shadow_depth;
uniform sampler2DShadow shadow_map;

noperspective out vec4 surface; // stereographic normal; how much of the key, and of the surroundings, is seen
#ifdef SOLID
flat out uvec2 matter;          // `bodies.frag`
#else
flat out vec4 bare;             // colour and material of what no garment covers
noperspective out vec4 cloth;   // signed distances to the garments' borders, in samples
flat out float hem_sample;      // share of a hem's shade that a sample is wide
#endif

const float HEM_M = 0.007;
const float WIDEST_M = 0.045;
const vec2 DISC[8] = vec2[](
    vec2(0.25, 0.0), vec2(-0.319, 0.292), vec2(0.049, -0.557), vec2(0.402, 0.525),
    vec2(-0.738, -0.130), vec2(0.700, -0.445), vec2(-0.234, 0.870), vec2(-0.446, -0.859));

float key_visibility() {
    float texel_m = shadow_texel.x, texel = shadow_texel.y;
    vec3 lifted = position.xyz + normal.xyz * (0.006 + texel_m) + key_direction.xyz * 0.006;
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

float openness() {
    float open = normal.w;
    for (int i = 0; i < LIMBS; ++i) {
        vec3 to = limbs[i].xyz - position.xyz;
        float radius_squared = limbs[i].w * limbs[i].w;
        float squared = max(dot(to, to), radius_squared) + 1e-8;
        open *= 1.0 - 0.9 * max(dot(to, normal.xyz), 0.0) * inversesqrt(squared) * radius_squared / squared;
    }
    return open;
}

// Only a turned target is wider than the picture; where it is not, drivers clip, and culling would cost a tenth more.
#if defined(GL_ARB_cull_distance) && SAMPLES != 4
#define CULLS
out float gl_CullDistance[4];
#endif

// Seen from the camera: the plane's unit circle is the outline of a sphere, its middle faces the camera.
vec2 stereographic(vec3 direction) {
    vec3 seen = vec3(
        dot(view_axes[0].xyz, direction), dot(view_axes[1].xyz, direction), dot(view_axes[2].xyz, direction));
    return clamp(seen.xy / max(1.0 + seen.z, 0.3), -WIDEST_NORMAL, WIDEST_NORMAL);
}

// Square roots of colours, and materials; constants of the program as the garments' are.
const vec4 PAINTS[] = vec4[](PAINT_LIST);

void main() {
    vec4 place = clip_from_world * vec4(position.xyz, 1.0);
    gl_Position = on_grid(place);
#ifdef CULLS
    gl_CullDistance = float[](place.w + place.x, place.w - place.x, place.w + place.y, place.w - place.y);
#endif
    surface = vec4(stereographic(normal.xyz), key_visibility(), openness());
#ifdef SOLID
    surface = surface_steps(surface);
    bool hair = garment.w > 0.0, clothed = max(max(garment.x, garment.y), garment.z) > 0.0;
    vec4 bare = PAINTS[int(paint)];
    vec3 albedo = garment.y > 0.0 ? BOTTOM : bare.rgb;
    albedo = garment.x > 0.0 ? TOP : albedo;
    albedo = garment.z > 0.0 ? SHOES : albedo;
    matter = pack_matter(
        colour_steps(hair ? HAIR : albedo, 0.5), uint(hair ? HAIR_CODE : clothed ? CLOTH_CODE : bare.w));
#else
    bare = PAINTS[int(paint)];
    float sample_m = max(place.w, 0.01) * view_axes[0].w * SAMPLE;
    cloth = garment / sample_m;
    hem_sample = sample_m / HEM_M;
#endif
}
