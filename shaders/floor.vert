// One triangle over the viewport; `spot` runs over the patch of floor in metres.
#include "frame.glsl"
out vec2 spot;
flat out vec4 cells;    // columns, rows; how many metres one is; share of the key in the light
flat out float shadow;  // how much of it is seen
out vec3 light_at;   // of the spot: coordinates and depth in the shadow map

void main() {
    vec2 corner = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    spot = floor_patch.xy + corner * floor_patch.zw * floor_scale.y;
    shadow = horizon_colour.w;
    cells = vec4(floor_patch.zw, floor_scale.y, floor_colour.w);
    light_at = (light_clip_from_world * vec4(spot.x, 0.0, spot.y, 1.0)).xyz * 0.5 + 0.5;
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
