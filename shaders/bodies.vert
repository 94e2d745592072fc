#if SAMPLES != 4
#extension GL_ARB_cull_distance : enable
#endif
// Projection, and how much light reaches each vertex.
#include "frame.glsl"
#include "person.glsl"
#include "body_code.glsl"
#include "vertex_light.glsl"
in vec4 position;
in vec4 normal;     // w: how open the vertex is in the rest pose
in vec4 garment;
in float paint;     // number in PAINTS; 0 is bare skin, or what the garments say

noperspective out vec4 surface; // stereographic normal; how much of the key, and of the surroundings, is seen
#ifdef SOLID
flat out uvec2 matter;          // `bodies.frag`
#else
flat out vec4 bare;             // colour and material of what no garment covers
noperspective out vec4 cloth;   // signed distances to the garments' borders, in samples
flat out float hem_sample;      // share of a hem's shade that a sample is wide
#endif

const float HEM_M = 0.007;

// Only a turned target is wider than the picture; where it is not, drivers clip, and culling would cost a tenth more.
#if defined(GL_ARB_cull_distance) && SAMPLES != 4
#define CULLS
out float gl_CullDistance[4];
#endif

// Square roots of colours, and materials; constants of the program as the garments' are.
const vec4 PAINTS[] = vec4[](PAINT_LIST);

void main() {
    vec4 place = clip_from_world * vec4(position.xyz, 1.0);
    gl_Position = on_grid(place);
#ifdef CULLS
    gl_CullDistance = float[](place.w + place.x, place.w - place.x, place.w + place.y, place.w - place.y);
#endif
    surface = vec4(stereographic(normal.xyz), key_visibility(position.xyz, normal.xyz), openness(position.xyz, normal.xyz, normal.w));
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
