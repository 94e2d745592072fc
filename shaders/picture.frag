// Studio, floor light and bodies (with BODIES) to BT.709 limited-range luma, and chroma that is the same in each 2x2
// pixels. With TRANSPARENT there is no studio but shadows, which are black, and what is shown is multiplied by its alpha.
//
// A fixed pattern of noise of one step keeps gradients from banding (interleaved gradient noise, Jimenez 2014).
#extension GL_ARB_derivative_control : enable
#include "display.glsl"
#ifdef GL_ARB_derivative_control
#define ddx dFdxFine
#define ddy dFdyFine
#else
#define ddx dFdx
#define ddy dFdy
#endif
#ifdef BODIES
#include "body_code.glsl"
#include "body_light.glsl"
uniform usampler2D bodies;
#endif
uniform sampler2D floor_light;
flat in vec3 corner_ray;
flat in vec3 right;
flat in vec3 down;
flat in vec3 stand;
flat in vec4 floor_light_colour;
flat in vec3 horizon;
flat in vec3 zenith;
flat in vec2 patch_corner;
flat in vec4 patch_scale;
layout(location = 0) out float luma;
layout(location = 1) out vec2 chroma;
#ifdef TRANSPARENT
layout(location = 2) out float alpha;
#endif

// The ray is reckoned from the pixel and not interpolated, so that a pixel does not depend on the rectangle it is in.
vec3 studio() {
    vec3 ray = corner_ray + gl_FragCoord.x * right + gl_FragCoord.y * down;
    float elevation = ray.y * inversesqrt(dot(ray, ray));
    vec3 wall = mix(horizon, zenith, smoothstep(0.0, 0.75, elevation));
    if (ray.y >= -1e-4) return wall;
    vec2 spot = stand.xz - ray.xz * (stand.y / ray.y);
    // Beyond the patch counts what is on its border: nothing is in the way there.
    vec2 at = clamp((spot - patch_corner) * patch_scale.x, vec2(HALF_CELL), patch_scale.zw);
    float arriving = textureLod(floor_light, at, 0.0).r;
    return mix(floor_light_colour.rgb * arriving, wall, smoothstep(2.0, 9.0, length(spot)));
}

float noise(vec2 place) {
    return fract(52.9829189 * fract(dot(place, vec2(0.06711056, 0.00583715)))) - 0.5;
}

void main() {
    vec3 light = studio();
#ifdef BODIES
    Body body = decode_body(bodies, ivec2(gl_FragCoord.xy));
    vec3 lit = tone_curve(body_light(body));
#ifdef TRANSPARENT
    alpha = mix(1.0 - display_curve(light).g, 1.0, body.covered);
    vec3 rgb = display_curve(lit) * body.covered;
#else
    vec3 rgb = display_curve(mix(light, lit, body.covered));
#endif
#elif defined(TRANSPARENT)
    alpha = 1.0 - display_curve(light).g;
    vec3 rgb = vec3(0.0);
#else
    vec3 rgb = display_curve(light);
#endif
    float y = dot(rgb, vec3(0.2126, 0.7152, 0.0722));
    luma = (16.0 + 0.98 * noise(gl_FragCoord.xy - 0.5)) * (1.0 / 255.0) + (219.0 / 255.0) * y;

    // The mean of the 2x2 pixels that are shaded together.
    chroma = (rgb.br - y) * (224.0 / 255.0 / vec2(1.8556, 1.5748));
    vec2 inward = 1.0 - 2.0 * fract(gl_FragCoord.xy * 0.5);
    chroma += inward.x * ddx(chroma);
    chroma += inward.y * ddy(chroma);
    chroma += (128.0 + 0.9 * noise(floor(gl_FragCoord.xy * 0.5))) * (1.0 / 255.0);
}
