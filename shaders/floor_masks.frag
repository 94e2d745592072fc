// What stands between each spot of the floor and the key light, told apart by its height above that spot: what
// is low casts a sharp shadow, what is high a wide one. Red: low, green: middle, blue: high.
uniform sampler2D shadow_depth;
uniform vec2 half_cell;       // in coordinates of the shadow map
uniform float depth_m;        // metres of light depth 0..1
in vec3 light_at;
out vec4 masks;

vec3 layers(float gap_m) {
    float above = step(0.004, gap_m);
    float low = 1.0 - smoothstep(LOW_M, MIDDLE_M, gap_m);
    float high = smoothstep(MIDDLE_M, HIGH_M, gap_m);
    return above * vec3(low, 1.0 - low - high, high);
}

void main() {
    vec3 sum = vec3(0.0);
    for (int i = 0; i < 4; ++i) {
        vec2 shift = half_cell * vec2((i & 1) * 2 - 1, (i & 2) - 1);
        float depth = textureLod(shadow_depth, light_at.xy + shift, 0.0).r;
        sum += layers((light_at.z - depth) * depth_m);
    }
    masks = vec4(sum * 0.25, 1.0);
}
