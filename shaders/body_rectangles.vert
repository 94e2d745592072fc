// Rectangles of the picture, one an instance, where bodies are drawn.
#include "sample_grid.glsl"
in vec4 rectangle;        // pixels: left, top, right, bottom
uniform vec2 picture;     // width and height

void main() {
    vec2 corner = mix(rectangle.xy, rectangle.zw, vec2(gl_VertexID & 1, gl_VertexID >> 1));
    gl_Position = on_grid(vec4(corner / picture * 2.0 - 1.0, 1.0, 1.0));
}
