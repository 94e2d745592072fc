// What belongs to one figure. Packed by avatar_server/render/opengl/figures.py in this order.
layout(std140) uniform Person {
    vec4 bones[3 * 52];           // three rows of each joint's transform, world from rest pose
    vec4 limbs[LIMBS];            // spheres that stand for the limbs: xyz world, radius
};
