#include "frame.glsl"
in vec4 position;

void main() {
    gl_Position = light_clip_from_world * vec4(position.xyz, 1.0);
}
