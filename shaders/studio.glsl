// The studio without people, and the noise that keeps its gradients from banding. A place is a pixel's middle.
uniform sampler2D floor_light;

// The ray is reckoned from the pixel and not interpolated, so that a pixel does not depend on the rectangle it is in.
vec3 studio(vec2 place) {
    vec3 ray = corner_ray + place.x * right + place.y * down;
    float elevation = ray.y * inversesqrt(dot(ray, ray));
    vec3 wall = mix(horizon, zenith, smoothstep(0.0, 0.75, elevation));
    if (ray.y >= -1e-4) return wall;
    vec2 spot = stand.xz - ray.xz * (stand.y / ray.y);
    // Beyond the patch counts what is on its border: nothing is in the way there.
    vec2 at = clamp((spot - patch_corner) * patch_scale.x, vec2(HALF_CELL), patch_scale.zw);
    float arriving = textureLod(floor_light, at, 0.0).r;
    return mix(floor_light_colour.rgb * arriving, wall, smoothstep(2.0, 9.0, length(spot)));
}

float noise(vec2 place) {
    return fract(52.9829189 * fract(dot(place, vec2(0.06711056, 0.00583715)))) - 0.5;
}

// BT.709 of limited range, each with its noise.
float luma_of(float y, vec2 place) {
    return (16.0 + 0.98 * noise(place - 0.5)) * (1.0 / 255.0) + (219.0 / 255.0) * y;
}

vec2 chroma_of(vec3 rgb, float y) {
    return (rgb.br - y) * (224.0 / 255.0 / vec2(1.8556, 1.5748));
}

// place: of a pixel.
vec2 chroma_shift(vec2 place) {
    return vec2((128.0 + 0.9 * noise(floor(place * 0.5))) * (1.0 / 255.0));
}
