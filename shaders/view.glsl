// What is the same for every pixel of a picture. FLAT is what it is to a shader: `flat out`, `flat in`, or nothing.
// Cheaper than uniforms where a CPU draws.
FLAT vec3 corner_ray;
FLAT vec3 right;
FLAT vec3 down;
FLAT vec3 stand;          // the eye
FLAT vec4 floor_light_colour;
FLAT vec3 horizon;
FLAT vec3 zenith;
FLAT vec2 patch_corner;
FLAT vec4 patch_scale;
#ifdef BODIES
// All directions as the camera sees them: right, up, back.
FLAT vec3 corner_view;
FLAT vec2 pixel_view;
FLAT vec3 key_view;
FLAT vec3 fill_view;
FLAT vec3 up_view;
FLAT vec3 key_light;
FLAT vec3 fill_light;
FLAT vec3 sky;
FLAT vec3 ground;
FLAT vec3 edge;
#endif
