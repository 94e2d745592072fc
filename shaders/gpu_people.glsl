// What is uploaded for each figure of a picture. Packed by avatar_server/render/gpu/poses.py in this order.
struct Person {
    vec4 bones[3 * 52];           // three rows of each joint's transform, world from rest pose
    vec4 limbs[LIMBS];            // spheres that stand for the limbs: xyz world, radius
    vec4 paints[PAINT_COUNT];     // square roots of colours, materials
    vec4 garments[4];             // square roots of colours: top, bottom, shoes, hair
    vec4 features[115];           // vec(R - I) of 51 joints
    vec4 movements[MOVEMENT_GROUPS];
    vec4 unused[UNUSED];
};
layout(std430, binding = 0) readonly buffer People { Person people[]; };
