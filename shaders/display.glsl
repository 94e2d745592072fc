// From linear light to what a display is sent. The curve of sRGB in numpy: avatar_server/render/display.py.
//
// Up to the shoulder light is shown as it is; above it is rolled off towards white, which it never reaches.
const float SHOULDER = 0.62;

vec3 tone_curve(vec3 linear) {
    const float REST = 1.0 - SHOULDER;
    vec3 above = max(linear - SHOULDER, 0.0);
    return min(linear, vec3(SHOULDER)) + above * (REST / (REST + above));
}

// The curve of sRGB by square roots, within 0.0004 of it: three times as quick as powers on a CPU.
vec3 display_curve(vec3 toned) {
    vec3 root = sqrt(toned);
    vec3 curved = 0.82770043 * root + 0.30211957 * sqrt(root) - 0.05225388 * toned - 0.07756612;
    return mix(curved, 12.92 * toned, lessThanEqual(toned, vec3(0.0031308)));
}
