// Studio, floor light and bodies to BT.709 limited-range YUV 4:2:0, eight by two pixels an invocation.
//
// The output has I420 order with rows of `stride` bytes (width rounded up to 8), chroma rows half of that.
// A fixed pattern of noise below one step keeps gradients from banding (interleaved gradient noise, Jimenez 2014).
layout(local_size_x = 4, local_size_y = 8) in;
#include "frame.glsl"
#include "display.glsl"

uniform sampler2DMS bodies;
uniform sampler2D floor_light;
uniform ivec2 size;
uniform int stride;
uniform ivec4 region;        // blocks of 8x2: first column, first row, columns, rows
uniform ivec4 body_boxes[8]; // pixels from the top left: left, top, right, bottom
uniform int body_box_count;
layout(std430, binding = 0) writeonly buffer Output { uint bytes[]; };

vec3 studio(vec2 pixel) {
    vec3 ray = ray_origin.xyz + pixel.x * ray_right.xyz + pixel.y * ray_up.xyz;
    float elevation = ray.y * inversesqrt(dot(ray, ray));
    vec3 wall = mix(horizon_colour.rgb, zenith_colour.rgb, smoothstep(0.0, 0.75, elevation));
    if (ray.y >= -1e-4) return wall;
    vec2 spot = eye.xz - ray.xz * (eye.y / ray.y);
    vec2 at = (spot - floor_patch.xy) * floor_patch.zw;
    vec2 last = floor_texels.xy * floor_texels.z * floor_patch.zw;
    vec2 cell = 0.5 * floor_texels.z * floor_patch.zw;
    vec2 arriving = vec2(1.0);
    if (all(greaterThan(at, vec2(0.0))) && all(lessThan(at, last)))
        arriving = textureLod(floor_light, min(at, last - cell), 0.0).rg;
    float share = floor_colour.w;
    vec3 ground = floor_colour.rgb * (share * arriving.x + (1.0 - share) * arriving.y);
    return mix(ground, wall, smoothstep(2.0, 9.0, length(spot)));
}

float noise(vec2 pixel) {
    return fract(52.9829189 * fract(dot(pixel, vec2(0.06711056, 0.00583715))));
}

vec3 picture(ivec2 pixel) {
    pixel = min(pixel, size - 1);
    ivec2 texel = ivec2(pixel.x, size.y - 1 - pixel.y);
    vec4 body = vec4(0.0);
    for (int i = 0; i < body_box_count; ++i)
        if (all(greaterThanEqual(pixel, body_boxes[i].xy)) && all(lessThan(pixel, body_boxes[i].zw))) {
            body = 0.25 * (texelFetch(bodies, texel, 0) + texelFetch(bodies, texel, 1)
                + texelFetch(bodies, texel, 2) + texelFetch(bodies, texel, 3));
            break;
        }
    if (body.a == 1.0) return body.rgb;
    return body.rgb + (1.0 - body.a) * display_encode(studio(vec2(texel) + 0.5));
}

void main() {
    ivec2 block = ivec2(gl_GlobalInvocationID.xy);
    if (any(greaterThanEqual(block, region.zw))) return;
    block += region.xy;
    ivec2 corner = block * ivec2(8, 2);
    uvec4 luma = uvec4(0u);   // two words of the upper row, two of the lower
    uvec2 chroma = uvec2(0u);
    for (int column = 0; column < 4; ++column) {
        vec3 sum = vec3(0.0);
        for (int i = 0; i < 4; ++i) {
            ivec2 pixel = corner + ivec2(2 * column + (i & 1), i >> 1);
            vec3 rgb = picture(pixel);
            sum += rgb;
            float y = 16.0 + 219.0 * dot(rgb, vec3(0.2126, 0.7152, 0.0722)) + noise(vec2(pixel));
            int word = (i >> 1) * 2 + (column >> 1);
            luma[word] |= uint(y) << (8 * (2 * (column & 1) + (i & 1)));
        }
        vec3 rgb = 0.25 * sum;
        float y = dot(rgb, vec3(0.2126, 0.7152, 0.0722));
        float dither = noise(vec2(corner.x / 2 + column, corner.y / 2) + 71.0);
        chroma.x |= uint(128.0 + 224.0 * (rgb.b - y) / 1.8556 + dither) << (8 * column);
        chroma.y |= uint(128.0 + 224.0 * (rgb.r - y) / 1.5748 + dither) << (8 * column);
    }
    int words = stride / 4, chroma_words = stride / 8;
    int at = corner.y * words + block.x * 2;
    bytes[at] = luma.x;
    bytes[at + 1] = luma.y;
    bytes[at + words] = luma.z;
    bytes[at + words + 1] = luma.w;
    int u = size.y * words + block.y * chroma_words + block.x;
    bytes[u] = chroma.x;
    bytes[u + size.y / 2 * chroma_words] = chroma.y;
}
