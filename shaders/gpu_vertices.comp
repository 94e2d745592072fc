// Projection, and how much light reaches each vertex.
layout(local_size_x = 64) in;
#include "frame.glsl"
#include "gpu_people.glsl"
#include "gpu_body.glsl"
#include "gpu_corners.glsl"
#define SAMPLES 4
#include "body_code.glsl"
#define limbs people[0].limbs
#include "vertex_light.glsl"
layout(std430, binding = 3) readonly buffer Posed { vec4 posed[]; };
layout(std430, binding = 4) writeonly buffer Corners { Corner corners[]; };

const float FURTHEST = 268435456.0;   // steps from the corner of the picture: still a whole number

void main() {
    uint vertex = gl_GlobalInvocationID.x;
    if (vertex >= lists[VERTICES]) return;
    vec4 position = posed[2u * vertex], normal = posed[2u * vertex + 1u];
    vec4 place = clip_from_world * position;
    Corner corner;
    bool before = place.z > -place.w && place.w > 0.0;
    vec3 seen = place.xyz / (before ? place.w : 1.0);
    corner.spot = ivec2(roundEven(clamp((seen.xy * 0.5 + 0.5) * (256.0 * GRID), -FURTHEST, FURTHEST)));
    corner.depth = before ? seen.z * 0.5 + 0.5 : -1.0;
    corner.w = place.w;
    corner.surface = vec4(
        stereographic(normal.xyz), key_visibility(position.xyz, normal.xyz),
        openness(position.xyz, normal.xyz, normal.w));

    uint matter = REST * vertex + 7u;
    vec4 bare = people[0].paints[int(numbers[matter])];
    vec4 garment = vec4(three(matter + 1u), numbers[matter + 4u]);
    if (lists[SOLID] != 0u) {
        bool hair = garment.w > 0.0, clothed = max(max(garment.x, garment.y), garment.z) > 0.0;
        vec3 albedo = garment.y > 0.0 ? people[0].garments[1].rgb : bare.rgb;
        albedo = garment.x > 0.0 ? people[0].garments[0].rgb : albedo;
        albedo = garment.z > 0.0 ? people[0].garments[2].rgb : albedo;
        uvec2 words = pack_matter(
            colour_steps(hair ? people[0].garments[3].rgb : albedo, 0.5),
            uint(hair ? HAIR_CODE : clothed ? CLOTH_CODE : bare.w));
        corner.cloth = vec4(uintBitsToFloat(words), 0.0, 0.0);
    } else {
        float sample_m = max(place.w, 0.01) * view_axes[0].w * 0.5;
        corner.cloth = garment / sample_m;
    }
    corner.bare = bare;
    corners[vertex] = corner;
}
