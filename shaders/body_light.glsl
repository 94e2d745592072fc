// Light that a pixel of skin, cloth or hair sends to the camera. All directions as the camera sees them.
// place: the pixel's middle.
const vec3 LAMP = vec3(-0.24, 0.48, 0.844);   // seen from the camera: a window above and behind it

vec3 body_light(Body body, vec2 place) {
    vec3 albedo = body.albedo * body.albedo;
    float width = dot(body.normal, body.normal);
    float shrunk = 2.0 / (1.0 + width);
    vec3 normal = vec3(body.normal * shrunk, shrunk - 1.0);
    vec3 ray = corner_view + vec3(place * pixel_view, 0.0);
    vec3 outward = -ray * inversesqrt(dot(ray, ray));
    float facing_cosine = dot(normal, outward), facing = max(facing_cosine, 0.0);
    float mixed = (body.material - HAIR_CODE) * (2.0 / (SKIN_CODE - HAIR_CODE));
    float skin = max(mixed - 1.0, 0.0);
    float hair = clamp(1.0 - mixed, 0.0, 1.0);
    float wet = max(1.0 - body.material, 0.0);
    hair -= wet;
    float clothed = 1.0 - skin - hair - wet;

    float key_cosine = dot(normal, key_view);
    float fill_cosine = dot(normal, fill_view);
    float wrap = 0.24 * skin + 0.08;
    float key = max((key_cosine + wrap) * (1.0 - 0.75 * wrap), 0.0) * body.key;
    // Light that goes round the edge inside skin comes out red.
    float bleed = skin * max((key_cosine + 0.5) * 0.667 * (0.4 + 0.6 * body.key) - key, 0.0);
    vec3 key_arriving = key_light * (key + bleed * vec3(0.30, 0.07, 0.03));
    float open = body.open;
    float upright = dot(normal, up_view);
    vec3 ambient = mix(ground, sky, 0.5 + 0.5 * upright);
    vec3 around = ambient + fill_light * max(fill_cosine * 0.8 + 0.2, 0.0);
    // What is hidden from the surroundings is lit by its neighbours, which have its own colour.
    vec3 light = albedo * (key_arriving + around * (open * (1.0 + 0.6 * albedo * (1.0 - open))));

    // Highlights: cosines to the half vector, raised to powers by squaring.
    float view_key = dot(outward, key_view), view_fill = dot(outward, fill_view);
    float key2 = max(key_cosine + facing_cosine, 0.0);
    key2 = key2 * key2 / (2.0 + 2.0 * view_key + 1e-4);
    float key4 = key2 * key2, key8 = key4 * key4, key16 = key8 * key8;
    float key32 = key16 * key16, key64 = key32 * key32, key128 = key64 * key64;
    float fill2 = max(fill_cosine + facing_cosine, 0.0);
    fill2 = fill2 * fill2 / (2.0 + 2.0 * view_fill + 1e-4);
    float fill4 = fill2 * fill2, fill8 = fill4 * fill4, fill16 = fill8 * fill8, fill32 = fill16 * fill16;
    float key_shine = skin * (0.09 * key32 + 0.09 * key128) + hair * 0.16 * key64 + clothed * 0.03 * key8;
    float fill_shine = (skin * 0.08 + hair * 0.07) * fill32;
    float fresnel = 1.0 - facing;
    fresnel *= fresnel;
    fresnel *= fresnel;
    // Fuzz of cloth and hair, and the sheen of skin, at grazing angles; and light from behind.
    vec3 rim = (ambient + edge * (0.5 + 0.5 * upright)) * (open * fresnel * (skin * 0.22 + hair * 0.16 + clothed * (0.10 + 0.35 * albedo)));
    vec3 shine = key_light * (body.key * max(key_cosine, 0.0) * key_shine)
        + fill_light * (max(fill_cosine, 0.0) * fill_shine);
    // What is wet mirrors the lamp, even where a lid's shadow falls: that is what makes an eye look alive.
    float mirrored = max(2.0 * facing_cosine * dot(normal, LAMP) - dot(outward, LAMP), 0.0);
    float glint = wet * smoothstep(0.905, 0.94, mirrored) * (0.4 + 0.6 * open);
    return light + shine + rim + glint * (0.55 * key_light + 0.3 * fill_light);
}
