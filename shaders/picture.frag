// Studio, floor light and bodies (with BODIES) to BT.709 limited-range luma, and chroma that is the same in each 2x2
// pixels. With TRANSPARENT there is no studio but shadows, which are black, and what is shown is multiplied by its alpha.
//
// A fixed pattern of noise of one step keeps gradients from banding (interleaved gradient noise, Jimenez 2014).
#extension GL_ARB_derivative_control : enable
#define FLAT flat in
#include "view.glsl"
#include "display.glsl"
#include "studio.glsl"
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
layout(location = 0) out float luma;
layout(location = 1) out vec2 chroma;
#ifdef TRANSPARENT
layout(location = 2) out float alpha;
#endif

void main() {
    vec3 light = studio(gl_FragCoord.xy);
#ifdef BODIES
    Body body = decode_body(bodies, ivec2(gl_FragCoord.xy));
    vec3 lit = tone_curve(body_light(body, gl_FragCoord.xy));
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
    luma = luma_of(y, gl_FragCoord.xy);

    // The mean of the 2x2 pixels that are shaded together.
    chroma = chroma_of(rgb, y);
    vec2 inward = 1.0 - 2.0 * fract(gl_FragCoord.xy * 0.5);
    chroma += inward.x * ddx(chroma);
    chroma += inward.y * ddy(chroma);
    chroma += chroma_shift(gl_FragCoord.xy);
}
