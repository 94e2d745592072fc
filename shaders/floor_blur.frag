// One direction of the blur that makes shadows soft, each layer as wide as its height asks. The second time:
// red becomes how much of all light arrives on the floor, everything at the border of the patch.
uniform sampler2D masks;
uniform sampler2D openness;
flat in vec4 cells;           // columns, rows; how many metres one is; share of the key in the light
flat in float shadow;         // how much of it is seen
out vec4 blurred;

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    vec3 sum = vec3(0.0), total = vec3(0.0);
    for (int i = -REACH; i <= REACH; ++i) {
        vec3 weight = exp2(-float(i * i) * FALLOFF);
        sum += weight * texelFetch(masks, max(here + i * ALONG, ivec2(0)), 0).rgb;
        total += weight;
    }
    blurred = vec4(sum / total, 1.0);
#ifdef LAST
    vec3 through = 1.0 - blurred.rgb;
    float open = textureLod(openness, gl_FragCoord.xy / float(CELLS), 0.0).r;
    float arriving = mix(open, through.x * through.y * through.z, cells.w);
    vec2 inside = min(gl_FragCoord.xy, cells.xy - gl_FragCoord.xy) - 0.5;
    float within = clamp(min(inside.x, inside.y) * cells.z / FADE_M, 0.0, 1.0);
    blurred = vec4(mix(1.0, arriving, within * shadow));
#endif
}
