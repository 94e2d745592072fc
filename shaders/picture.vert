// Rectangles of the picture, one an instance.
#include "frame.glsl"
#define FLAT flat out
#include "view.glsl"
#include "look.glsl"
in vec4 rectangle;        // pixels: left, top, right, bottom
uniform vec2 picture;     // width and height

void main() {
    vec2 corner = mix(rectangle.xy, rectangle.zw, vec2(gl_VertexID & 1, gl_VertexID >> 1)) / picture;
    look();
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
