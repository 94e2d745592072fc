// What people keep off the floor of the light from everywhere, by the spheres that stand for their limbs.
layout(std140) uniform Occluders { vec4 spheres[OCCLUDERS]; };
uniform int occluder_count;
in vec2 spot;
out float open;

void main() {
    float left = 1.0;
    for (int i = 0; i < occluder_count; ++i) {
        vec4 sphere = spheres[i];
        vec2 aside = sphere.xz - spot;
        float radius_squared = sphere.w * sphere.w;
        float squared = max(dot(aside, aside) + sphere.y * sphere.y, radius_squared);
        left *= 1.0 - 0.9 * max(sphere.y, 0.0) * inversesqrt(squared) * radius_squared / squared;
    }
    open = left;
}
