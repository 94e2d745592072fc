// One direction of the blur that makes shadows soft, each layer as wide as its height asks.
uniform sampler2D masks;
uniform ivec2 direction;
uniform vec3 falloff;     // 1 / (2 sigma^2), texels
uniform ivec2 in_use;     // columns and rows of the texture that hold something
uniform int reach;
out vec4 blurred;

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy);
    vec3 sum = vec3(0.0), total = vec3(0.0);
    for (int i = -reach; i <= reach; ++i) {
        ivec2 there = clamp(here + i * direction, ivec2(0), in_use - 1);
        vec3 weight = exp2(-float(i * i) * falloff);
        sum += weight * texelFetch(masks, there, 0).rgb;
        total += weight;
    }
    blurred = vec4(sum / total, 1.0);
}
