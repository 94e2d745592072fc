#include "frame.glsl"
in vec4 position;   // w: how much of the key light arrives
in vec4 normal;     // w: how much of the surroundings is seen
in vec4 garment;

out vec3 place;
out vec4 surface;
out vec4 cloth;
out float key_visible;

void main() {
    place = position.xyz;
    surface = normal;
    cloth = garment;
    key_visible = position.w;
    gl_Position = clip_from_world * vec4(position.xyz, 1.0);
}
