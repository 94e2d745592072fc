// Linear light in eight bits: square roots keep the steps of dark tones small.
const float BRIGHTEST = 1.5;

vec3 encode_light(vec3 light) {
    return sqrt(light * (1.0 / BRIGHTEST));
}

vec3 decode_light(vec3 code) {
    return code * code * BRIGHTEST;
}
