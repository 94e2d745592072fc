// Skin, cloth and hair in one shader: what lies where is told by signed distances to the garments' borders.
//
// Lights and colours are constants of the program: they hardly ever change, and on a CPU a uniform costs as much
// as a texture. KEY_DIRECTION, KEY_COLOUR, FILL_DIRECTION, FILL_COLOUR, SKY, GROUND; SKIN, TOP, BOTTOM, SHOES, HAIR.
#include "light_code.glsl"
in vec3 view;
in vec4 surface;
in vec4 cloth;
in float key_visible;

out vec4 colour;

void main() {
    vec3 normal = surface.xyz * inversesqrt(dot(surface.xyz, surface.xyz));
    vec3 outward = view * inversesqrt(dot(view, view));
    float facing = max(dot(normal, outward), 0.0);
    vec4 cover = clamp(cloth / max(fwidth(cloth), vec4(1e-5)) + 0.5, 0.0, 1.0);

    vec3 albedo = mix(SKIN, BOTTOM, cover.y);
    albedo = mix(albedo, TOP, cover.x);
    albedo = mix(albedo, SHOES, cover.z);
    albedo = mix(albedo, HAIR, cover.w);
    float clothed = max(max(cover.x, cover.y), cover.z);
    float hair = cover.w;
    float skin = (1.0 - clothed) * (1.0 - hair);

    // The hem of a garment stands off a little and shades what is beneath it.
    vec4 hem = max(1.0 - abs(cloth) * 140.0, 0.0) * (1.0 - cover);
    float beneath = max(max(hem.x, hem.y), max(hem.z, hem.w));
    float crease = 1.0 - 0.4 * beneath * beneath;

    float key_cosine = dot(normal, KEY_DIRECTION);
    float fill_cosine = dot(normal, FILL_DIRECTION);
    float wrap = 0.24 * skin + 0.08;
    float key = max((key_cosine + wrap) * (1.0 - 0.75 * wrap), 0.0) * key_visible;
    // Light that goes round the edge inside skin comes out red.
    float bleed = skin * max((key_cosine + 0.5) * 0.667 * (0.4 + 0.6 * key_visible) - key, 0.0);
    vec3 key_light = KEY_COLOUR * (key + bleed * vec3(0.30, 0.07, 0.03));
    float open = surface.w * crease;
    vec3 ambient = mix(GROUND, SKY, 0.5 + 0.5 * normal.y);
    vec3 around = ambient + FILL_COLOUR * max(fill_cosine * 0.8 + 0.2, 0.0);
    // What is hidden from the surroundings is lit by its neighbours, which have its own colour.
    vec3 light = albedo * (key_light * (0.5 + 0.5 * crease) + around * (open * (1.0 + 0.6 * albedo * (1.0 - open))));

    // Highlights: cosines to the half vector, raised to powers by squaring.
    float view_key = dot(outward, KEY_DIRECTION), view_fill = dot(outward, FILL_DIRECTION);
    float key2 = max(key_cosine + dot(normal, outward), 0.0);
    key2 = key2 * key2 / (2.0 + 2.0 * view_key + 1e-4);
    float key4 = key2 * key2, key8 = key4 * key4, key16 = key8 * key8;
    float key32 = key16 * key16, key64 = key32 * key32, key128 = key64 * key64;
    float fill2 = max(fill_cosine + dot(normal, outward), 0.0);
    fill2 = fill2 * fill2 / (2.0 + 2.0 * view_fill + 1e-4);
    float fill4 = fill2 * fill2, fill8 = fill4 * fill4, fill16 = fill8 * fill8, fill32 = fill16 * fill16;
    float key_shine = skin * (0.09 * key32 + 0.09 * key128) + hair * 0.16 * key64 + clothed * 0.03 * key8;
    float fill_shine = (skin * 0.08 + hair * 0.07) * fill32;
    float fresnel = 1.0 - facing;
    fresnel *= fresnel;
    fresnel *= fresnel;
    // Fuzz of cloth and hair, and the sheen of skin, at grazing angles.
    vec3 rim = ambient * (open * fresnel * (skin * 0.22 + hair * 0.16 + clothed * (0.10 + 0.35 * albedo)));
    vec3 shine = KEY_COLOUR * (key_visible * max(key_cosine, 0.0) * key_shine)
        + FILL_COLOUR * (max(fill_cosine, 0.0) * fill_shine);
    colour = vec4(encode_light(light + shine + rim), 1.0);
}
