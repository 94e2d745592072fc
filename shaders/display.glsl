// From linear light to what a display is sent. The same formulas in numpy: avatar_server/render/display.py.
const float SHOULDER = 0.62;

vec3 tone_curve(vec3 linear) {
    vec3 above = max(linear - SHOULDER, 0.0) / (1.0 - SHOULDER);
    return min(linear, vec3(SHOULDER)) + (1.0 - SHOULDER) * above / (1.0 + above);
}

vec3 display_encode(vec3 linear) {
    vec3 toned = tone_curve(max(linear, 0.0));
    vec3 curved = 1.055 * pow(max(toned, 1e-6), vec3(1.0 / 2.4)) - 0.055;
    return mix(curved, 12.92 * toned, lessThanEqual(toned, vec3(0.0031308)));
}
