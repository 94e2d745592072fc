// Rectangles of the picture, one an instance. What is constant is handed on as flat outputs: cheaper than uniforms
// where a CPU draws.
#include "frame.glsl"
in vec4 rectangle;        // pixels: left, top, right, bottom
uniform vec2 picture;     // width and height

flat out vec3 corner_ray;
flat out vec3 right;
flat out vec3 down;
flat out vec3 stand;          // the eye
flat out vec4 floor_light_colour;
flat out vec3 horizon;
flat out vec3 zenith;
flat out vec2 patch_corner;
flat out vec4 patch_scale;
#ifdef BODIES
// All directions as the camera sees them: right, up, back.
flat out vec3 corner_view;
flat out vec2 pixel_view;
flat out vec3 key_view;
flat out vec3 fill_view;
flat out vec3 up_view;
flat out vec3 key_light;
flat out vec3 fill_light;
flat out vec3 sky;
flat out vec3 ground;
flat out vec3 edge;

vec3 seen(vec3 direction) {
    return vec3(
        dot(view_axes[0].xyz, direction), dot(view_axes[1].xyz, direction), dot(view_axes[2].xyz, direction));
}
#endif

void main() {
    vec2 corner = mix(rectangle.xy, rectangle.zw, vec2(gl_VertexID & 1, gl_VertexID >> 1)) / picture;
    corner_ray = ray_corner.xyz;
    right = ray_right.xyz;
    down = ray_down.xyz;
    stand = eye.xyz;
    floor_light_colour = floor_colour;
    horizon = horizon_colour.rgb;
    zenith = zenith_colour.rgb;
    patch_corner = floor_patch.xy;
    patch_scale = floor_scale;
#ifdef BODIES
    corner_view = seen(ray_corner.xyz);
    pixel_view = vec2(view_axes[0].w, -view_axes[0].w);
    key_view = seen(key_direction.xyz);
    fill_view = seen(fill_direction.xyz);
    up_view = seen(vec3(0.0, 1.0, 0.0));
    key_light = key_colour.rgb;
    fill_light = fill_colour.rgb;
    sky = sky_colour.rgb;
    ground = ground_colour.rgb;
    edge = rim_colour.rgb;
#endif
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
