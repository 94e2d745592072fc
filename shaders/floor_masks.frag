// What stands between each spot of the floor and the key light, told apart by its height above that spot: what
// is low casts a sharp shadow, what is high a wide one. Red: low, green: middle, blue: high.
#include "frame.glsl"
uniform sampler2D shadow_depth;
uniform vec3 layer_heights;   // metres along the light: centres of the three layers
out vec4 masks;

vec3 layers(float gap_m) {
    float above = step(0.004, gap_m);
    float low = 1.0 - smoothstep(layer_heights.x, layer_heights.y, gap_m);
    float high = smoothstep(layer_heights.y, layer_heights.z, gap_m);
    return above * vec3(low, 1.0 - low - high, high);
}

void main() {
    vec2 spot = floor_patch.xy + gl_FragCoord.xy * floor_texels.z;
    vec3 at = (light_clip_from_world * vec4(spot.x, 0.0, spot.y, 1.0)).xyz * 0.5 + 0.5;
    vec3 sum = vec3(0.0);
    float half_texel = 0.25 * floor_texels.z / key_colour.w / float(textureSize(shadow_depth, 0).x);
    for (int i = 0; i < 4; ++i) {
        vec2 shift = half_texel * vec2((i & 1) * 2 - 1, (i & 2) - 1);
        float depth = textureLod(shadow_depth, at.xy + shift, 0.0).r;
        sum += layers((at.z - depth) * key_direction.w);
    }
    masks = vec4(sum * 0.25, 1.0);
}
