// One sample of a body in two words; zero where there is nobody. Fields lie so that up to four samples can be added up,
// two fields at a time.
#include "sample_grid.glsl"
const float SKIN_CODE = 7.0, CLOTH_CODE = 4.0, HAIR_CODE = 1.0, WET_CODE = 0.0;
const float WIDEST_NORMAL = 2.0;    // stereographic; 1 is a right angle to the view

uvec3 colour_steps(vec3 albedo, float rounding) {
    return uvec3(albedo * 254.0 + rounding);
}

// Normal, key and open, not yet rounded.
vec4 surface_steps(vec4 surface) {
    return (surface + vec4(WIDEST_NORMAL, WIDEST_NORMAL, 0.0, 0.0))
        * vec4(vec2(2046.0 / (2.0 * WIDEST_NORMAL)), 126.0, 254.0);
}

uvec2 pack_matter(uvec3 colour, uint material) {
    return uvec2(colour.r | colour.g << 8 | colour.b << 16, material << 29);
}

uvec2 pack_surface(vec4 steps, float rounding) {
    uvec4 whole = uvec4(steps + rounding);
    return uvec2(whole.w << 24, whole.x | whole.z << 11 | whole.y << 18);
}

struct Body {
    float covered;      // share of the samples
    vec3 albedo;        // square roots
    vec2 normal;        // stereographic
    float key;
    float open;
    float material;
};

const uint RED_BLUE = 0xff00ffu, ACROSS_DOWN = 0x1ffc07ffu, KEY_MATERIAL = 0x1c007fu;

// Samples of one pixel, added up.
struct Sums {
    uint red_blue, green_open, across_down, key_material, samples;
};

void add_sample(inout Sums sums, uvec2 one) {
    sums.red_blue += one.x & RED_BLUE;
    sums.green_open += one.x >> 8 & RED_BLUE;
    sums.across_down += one.y & ACROSS_DOWN;
    sums.key_material += one.y >> 11 & KEY_MATERIAL;
    sums.samples += min(one.y, 1u);
}

// The mean of what is covered of a pixel.
Body mean_of(Sums sums) {
    Body body;
    float each = 1.0 / max(float(sums.samples), 1.0);
    body.covered = float(sums.samples) * (1.0 / float(SAMPLES));
    body.albedo = vec3(sums.red_blue & 0xffffu, sums.green_open & 0xffffu, sums.red_blue >> 16) * (each / 254.0);
    body.normal = vec2(sums.across_down & 0x3ffffu, sums.across_down >> 18) * (each * 2.0 * WIDEST_NORMAL / 2046.0)
        - WIDEST_NORMAL;
    body.key = float(sums.key_material & 0x3ffffu) * (each / 126.0);
    body.open = float(sums.green_open >> 16) * (each / 254.0);
    body.material = float(sums.key_material >> 18) * each;
    return body;
}

Body decode_body(usampler2D bodies, ivec2 pixel) {
    Sums sums = Sums(0u, 0u, 0u, 0u, 0u);
    for (int i = 0; i < SAMPLES; ++i)
        add_sample(sums, texelFetch(bodies, sample_at(pixel, i), 0).rg);
    return mean_of(sums);
}
