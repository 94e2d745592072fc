// What all passes of one picture share. Packed by avatar_server/render/opengl/frame_block.py in this order.
layout(std140) uniform Frame {
    mat4 clip_from_world;
    mat4 light_clip_from_world;   // orthographic, along the key light
    vec4 eye;                     // xyz world
    vec4 ray_origin;              // direction through the picture's lower left corner, world, not of unit length
    vec4 ray_right;               // what one pixel to the right adds to it
    vec4 ray_up;                  // what one pixel up adds to it
    vec4 key_direction;           // to the light; w: metres that one unit of light depth is
    vec4 key_colour;              // w: metres of one texel of the shadow map
    vec4 fill_direction;
    vec4 fill_colour;
    vec4 sky_colour;
    vec4 ground_colour;
    vec4 floor_colour;            // w: share of the key in the light that reaches the open floor
    vec4 horizon_colour;
    vec4 zenith_colour;
    vec4 floor_patch;             // x, z of its corner; 1 / width, 1 / depth of the whole texture, in metres
    vec4 floor_texels;            // columns and rows in use; metres of one texel
};
