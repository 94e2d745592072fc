// What each sample shows, not yet lit: `picture.frag` lights the mean of a pixel's samples. Triangles are small, and a
// rasteriser that works on blocks pays for what it does here several times over.
//
// What lies where is told by signed distances to the garments' borders. TOP, BOTTOM, SHOES, HAIR are square
// roots of colours, constants of the program: they hardly ever change, and a uniform costs as much as a texture.
//
// SOLID bodies have no borders of garments inside triangles: the vertex shader knows all colours.
#include "body_code.glsl"
noperspective in vec4 surface;      // stereographic normal; how much of the key, and of the surroundings, is seen
#ifdef SOLID
flat in uvec2 matter;
#else
flat in vec4 bare;                  // colour and material of what no garment covers
noperspective in vec4 cloth;        // signed distances to the garments' borders, in samples
flat in float hem_sample;           // share of a hem's shade that a sample is wide
#endif
out uvec2 code;

void main() {
    // The samples of a pixel are rounded differently, so that their mean is finer than each.
    float rounding = fract(gl_FragCoord.x * 0.5);
#ifdef SOLID
    code = matter | pack_surface(surface, rounding);
#else
    vec4 cover = clamp(cloth + 0.5, 0.0, 1.0);
    vec3 albedo = mix(bare.rgb, BOTTOM, cover.y);
    albedo = mix(albedo, TOP, cover.x);
    albedo = mix(albedo, SHOES, cover.z);
    albedo = mix(albedo, HAIR, cover.w);
    float clothed = max(max(cover.x, cover.y), cover.z);
    float material = mix(mix(bare.w, CLOTH_CODE, clothed), HAIR_CODE, cover.w);

    // The hem of a garment stands off a little and shades what is beneath it.
    vec4 hem = max(1.0 - abs(cloth) * hem_sample, 0.0) * (1.0 - cover);
    float beneath = max(max(hem.x, hem.y), max(hem.z, hem.w));
    float crease = 1.0 - 0.4 * beneath * beneath;
    vec4 shaded = surface * vec4(1.0, 1.0, 0.5 + 0.5 * crease, crease);
    code = pack_matter(colour_steps(albedo, rounding), uint(material + rounding))
        | pack_surface(surface_steps(shaded), rounding);
#endif
}
