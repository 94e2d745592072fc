// What all passes of one picture share. Packed by avatar_server/render/opengl/frame_block.py in this order.
layout(std140) uniform Frame {
    mat4 clip_from_world;         // y points down: the first row of a target is the top row of the picture
    mat4 light_clip_from_world;   // orthographic, along the key light
    vec4 eye;                     // xyz world
    vec4 ray_corner;              // view ray through the upper left corner, world, not of unit length
    vec4 ray_right;               // what a pixel to the right adds to it
    vec4 ray_down;                // what a pixel further down adds to it
    vec4 key_direction;           // to the light; w: metres that one unit of light depth is
    vec4 shadow_texel;            // of the shadow map: metres, share of the map
    vec4 floor_colour;            // w: share of the key in the light that reaches the open floor
    vec4 horizon_colour;          // w: how much of the shadows on the floor is seen
    vec4 zenith_colour;
    vec4 floor_patch;             // x, z of its corner in metres; cells in use: columns, rows
    vec4 floor_scale;             // texture coordinates a metre; metres a cell; largest s, t in use
    vec4 view_axes[3];            // right, up, back, world; w of the first: metres a pixel spans at a depth of one
    vec4 key_colour;
    vec4 fill_direction;
    vec4 fill_colour;
    vec4 sky_colour;
    vec4 ground_colour;
    vec4 rim_colour;
};
