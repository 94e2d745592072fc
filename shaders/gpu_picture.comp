// What is nearest in each sample, and the studio, to planar YUV in words of four bytes; then samples are empty again.
//
// A thread makes 2x2 pixels, which share their chroma; a group 64x4, whose bytes it puts together.
layout(local_size_x = 32, local_size_y = 2) in;
#define BODIES
#define FLAT
#define SAMPLES 4
#include "frame.glsl"
#include "view.glsl"
#include "look.glsl"
#include "display.glsl"
#include "studio.glsl"
#include "body_code.glsl"
#include "body_light.glsl"
#include "gpu_people.glsl"
#include "gpu_faces.glsl"
layout(std430, binding = 3) writeonly buffer Planes { uint planes[]; };
layout(std430, binding = 6) buffer Depths { uvec4 depths[]; };
layout(std430, binding = 7) buffer Nearest { uvec4 nearest[]; };
uniform uvec4 figures[MOST_FIGURES];     // number of its first face, of its first corner, whether it is solid

shared uint luma_bytes[4][32];
shared uint chroma_bytes[4][32];         // rows of U, rows of V
#ifdef TRANSPARENT
shared uint alpha_bytes[4][32];
#endif

const float HEM_M = 0.007;
const uint EMPTY = 0xffffffffu;

uvec2 code_of(uint who, ivec2 place) {
    uvec4 figure = figures[who >> 24];
    Face face;
    open_face(figure.x + (who & 0xffffffu), figure.y, face);
    vec3 part = vec3(shares(face, place)) / face.area;
    Corner a = corners[face.corner.x], b = corners[face.corner.y], c = corners[face.corner.z];
    vec4 surface = a.surface * part.x + b.surface * part.y + c.surface * part.z;
    // The samples of a pixel are rounded differently, so that their mean is finer than each.
    float rounding = 0.25 + 0.5 * float(place.x & 1);
    // What is flat is the last corner's, which is the second here.
    if (figure.z != 0u) return floatBitsToUint(b.cloth.xy) | pack_surface(surface_steps(surface), rounding);

    vec4 cloth = a.cloth * part.x + b.cloth * part.y + c.cloth * part.z;
    vec4 cover = clamp(cloth + 0.5, 0.0, 1.0);
    vec3 albedo = mix(b.bare.rgb, people[who >> 24].garments[1].rgb, cover.y);
    albedo = mix(albedo, people[who >> 24].garments[0].rgb, cover.x);
    albedo = mix(albedo, people[who >> 24].garments[2].rgb, cover.z);
    albedo = mix(albedo, people[who >> 24].garments[3].rgb, cover.w);
    float clothed = max(max(cover.x, cover.y), cover.z);
    float material = mix(mix(b.bare.w, CLOTH_CODE, clothed), HAIR_CODE, cover.w);
    // The hem of a garment stands off a little and shades what is beneath it.
    float hem_sample = max(b.w, 0.01) * view_axes[0].w * 0.5 / HEM_M;
    vec4 hem = max(1.0 - abs(cloth) * hem_sample, 0.0) * (1.0 - cover);
    float beneath = max(max(hem.x, hem.y), max(hem.z, hem.w));
    float crease = 1.0 - 0.4 * beneath * beneath;
    vec4 shaded = surface * vec4(1.0, 1.0, 0.5 + 0.5 * crease, crease);
    return pack_matter(colour_steps(albedo, rounding), uint(material + rounding))
        | pack_surface(surface_steps(shaded), rounding);
}

uint byte_of(float share) {
    return uint(clamp(share, 0.0, 1.0) * 255.0 + 0.5);
}

void main() {
    look();
    ivec2 block = ivec2(gl_GlobalInvocationID.xy);
    uint row = 2u * gl_LocalInvocationID.y, column = gl_LocalInvocationID.x;
    vec2 chroma = vec2(0.0);
    uvec2 lumas = uvec2(0u), alphas = uvec2(0u);
    if (2 * block.x < WIDTH && 2 * block.y < HEIGHT) {
        for (int i = 0; i < 4; ++i) {
            ivec2 pixel = 2 * block + ivec2(i & 1, i >> 1);
            vec2 place = vec2(pixel) + 0.5;
            vec3 light = studio(place);
            vec3 rgb;
            float alpha = 1.0;
            uint at = uint(pixel.y) * uint(WIDTH) + uint(pixel.x);
            uvec4 who = nearest[at];
            if (any(notEqual(who, uvec4(EMPTY)))) {
                Sums sums = Sums(0u, 0u, 0u, 0u, 0u);
                for (int s = 0; s < 4; ++s)
                    if (who[s] != EMPTY) add_sample(sums, code_of(who[s], 2 * pixel + ivec2(s & 1, s >> 1)));
                nearest[at] = uvec4(EMPTY);
                depths[at] = uvec4(EMPTY);
                Body body = mean_of(sums);
                vec3 lit = tone_curve(body_light(body, place));
#ifdef TRANSPARENT
                alpha = mix(1.0 - display_curve(light).g, 1.0, body.covered);
                rgb = display_curve(lit) * body.covered;
#else
                rgb = display_curve(mix(light, lit, body.covered));
#endif
            } else {
#ifdef TRANSPARENT
                alpha = 1.0 - display_curve(light).g;
                rgb = vec3(0.0);
#else
                rgb = display_curve(light);
#endif
            }
            float y = dot(rgb, vec3(0.2126, 0.7152, 0.0722));
            lumas[i >> 1] |= byte_of(luma_of(y, place)) << 8 * (i & 1);
            alphas[i >> 1] |= byte_of(alpha) << 8 * (i & 1);
            chroma += 0.25 * chroma_of(rgb, y);
        }
        chroma += chroma_shift(2.0 * vec2(block) + 0.5);
    }
    for (uint i = 0u; i < 2u; ++i) {
        luma_bytes[row + i][column] = lumas[i];
        chroma_bytes[gl_LocalInvocationID.y + 2u * i][column] = byte_of(chroma[i]);
#ifdef TRANSPARENT
        alpha_bytes[row + i][column] = alphas[i];
#endif
    }
    barrier();

    uint thread = gl_LocalInvocationIndex, line = thread >> 4, word = thread & 15u;
    uvec2 corner = gl_WorkGroupID.xy * uvec2(16u, 4u);
    if (corner.x + word < uint(STRIDE) && corner.y + line < uint(HEIGHT)) {
        uint at = (corner.y + line) * uint(STRIDE) + corner.x + word;
        planes[at] = luma_bytes[line][2u * word] | luma_bytes[line][2u * word + 1u] << 16;
#ifdef TRANSPARENT
        planes[uint(STRIDE * HEIGHT * 3 / 2) + at] =
            alpha_bytes[line][2u * word] | alpha_bytes[line][2u * word + 1u] << 16;
#endif
    }
    line = thread >> 3, word = thread & 7u;
    uint half_row = gl_WorkGroupID.y * 2u + (line & 1u), half_word = gl_WorkGroupID.x * 8u + word;
    if (thread < 32u && 2u * half_word < uint(STRIDE) && 2u * half_row < uint(HEIGHT)) {
        uint value = 0u;
        for (uint i = 0u; i < 4u; ++i) value |= chroma_bytes[line][4u * word + i] << 8u * i;
        planes[uint(STRIDE * HEIGHT) + (line >> 1) * uint(STRIDE * HEIGHT / 4) + half_row * uint(STRIDE / 2) + half_word] = value;
    }
}
