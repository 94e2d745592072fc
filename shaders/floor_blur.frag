// One direction of the blur that makes shadows soft, each layer as wide as its height asks. The second time:
// red becomes how much of the key arrives on the floor, green how much of the rest.
uniform sampler2D masks;
uniform sampler2D openness;
in vec2 spot;
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
    blurred = vec4(through.x * through.y * through.z, open, 0.0, 1.0);
#endif
}
