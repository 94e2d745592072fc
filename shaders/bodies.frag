// Skin, cloth and hair in one shader: what lies where is told by signed distances to the garments' borders.
//
// Lights and colours are constants of the program: they hardly ever change, and on a CPU a uniform costs as much
// as a texture. KEY_DIRECTION, KEY_COLOUR, FILL_DIRECTION, FILL_COLOUR, SKY, GROUND; SKIN, TOP, BOTTOM, SHOES, HAIR.
#include "display.glsl"
in vec3 view;
in vec4 surface;
in vec4 cloth;
in float key_visible;

out vec4 colour;

vec4 coverage(vec4 distances) {
    vec4 pixel = max(fwidth(distances), vec4(1e-5));
    return clamp(distances / pixel + 0.5, 0.0, 1.0);
}

float lobe(float cosine, float sharpness) {
    return exp2(sharpness * (cosine - 1.0));
}

void main() {
    vec3 normal = normalize(surface.xyz);
    vec3 outward = normalize(view);
    float facing = max(dot(normal, outward), 0.0);
    vec4 cover = coverage(cloth);

    vec3 albedo = SKIN;
    albedo = mix(albedo, BOTTOM, cover.y);
    albedo = mix(albedo, TOP, cover.x);
    albedo = mix(albedo, SHOES, cover.z);
    albedo = mix(albedo, HAIR, cover.w);
    float clothed = max(max(cover.x, cover.y), cover.z);
    float hair = cover.w;
    float skin = (1.0 - clothed) * (1.0 - hair);

    // The hem of a garment stands off a little and shades what is beneath it.
    vec4 hem = exp2(-abs(cloth) * vec4(260.0)) * (1.0 - cover);
    float crease = 1.0 - 0.45 * min(max(max(hem.x, hem.y), max(hem.z, hem.w)), 1.0);

    float key_cosine = dot(normal, KEY_DIRECTION);
    float fill_cosine = dot(normal, FILL_DIRECTION);
    float wrap = 0.22 * skin + 0.10 * clothed;
    float key = max((key_cosine + wrap) / (1.0 + wrap), 0.0) * key_visible;
    // Light that goes round the edge inside skin comes out red.
    float bleed = max((key_cosine + 0.45) / 1.45, 0.0) * mix(0.4, 1.0, key_visible) - key;
    vec3 key_light = KEY_COLOUR * (vec3(key) + skin * max(bleed, 0.0) * vec3(0.30, 0.07, 0.03));
    vec3 fill_light = FILL_COLOUR * max((fill_cosine + 0.25) / 1.25, 0.0);
    float open = surface.w * crease;
    vec3 ambient = mix(GROUND, SKY, 0.5 + 0.5 * normal.y);
    // What is hidden from the surroundings is lit by its neighbours, which have its own colour.
    vec3 occlusion = open / (1.0 - albedo * 0.6 * (1.0 - open));
    vec3 light = albedo * (key_light * mix(1.0, crease, 0.5) + (ambient + fill_light) * occlusion);

    vec3 half_key = normalize(KEY_DIRECTION + outward);
    vec3 half_fill = normalize(FILL_DIRECTION + outward);
    float fresnel = 1.0 - facing;
    fresnel *= fresnel;
    fresnel *= fresnel;
    float key_shine = dot(normal, half_key), fill_shine = dot(normal, half_fill);
    float lit = key_visible * max(key_cosine, 0.0);
    float skin_shine = 0.10 * lobe(key_shine, 30.0) + 0.10 * lobe(key_shine, 110.0);
    float hair_shine = 0.16 * lobe(key_shine, 45.0);
    float cloth_shine = 0.035 * lobe(key_shine, 9.0);
    vec3 shine = KEY_COLOUR * lit * (skin * skin_shine + hair * hair_shine + clothed * cloth_shine);
    shine += FILL_COLOUR * max(fill_cosine, 0.0) * 0.5
        * (skin * 0.18 * lobe(fill_shine, 45.0) + hair * hair_shine);
    // Fuzz of cloth and hair, and the sheen of skin, at grazing angles.
    vec3 rim = ambient * open * fresnel * (skin * 0.22 + hair * 0.16 + clothed * (0.10 + 0.35 * albedo));
    colour = vec4(display_encode(light + shine + rim), 1.0);
}
