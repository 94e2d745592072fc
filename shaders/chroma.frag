// The mean of each 2x2 pixels' chroma.
uniform sampler2D chroma;
layout(location = 0) out float u;
layout(location = 1) out float v;

void main() {
    ivec2 corner = 2 * ivec2(gl_FragCoord.xy);
    vec2 sum = texelFetch(chroma, corner, 0).rg + texelFetch(chroma, corner + ivec2(1, 0), 0).rg
        + texelFetch(chroma, corner + ivec2(0, 1), 0).rg + texelFetch(chroma, corner + ivec2(1, 1), 0).rg;
    u = 0.25 * sum.r;
    v = 0.25 * sum.g;
}
