// The chroma of each 2x2 pixels.
uniform sampler2D chroma;
layout(location = 0) out float u;
layout(location = 1) out float v;

void main() {
    vec2 mean = texelFetch(chroma, 2 * ivec2(gl_FragCoord.xy), 0).rg;
    u = mean.r;
    v = mean.g;
}
