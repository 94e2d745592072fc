// Fills what `view.glsl` declares.
#ifdef BODIES
vec3 seen(vec3 direction) {
    return vec3(
        dot(view_axes[0].xyz, direction), dot(view_axes[1].xyz, direction), dot(view_axes[2].xyz, direction));
}
#endif

void look() {
    corner_ray = ray_corner.xyz;
    right = ray_right.xyz;
    down = ray_down.xyz;
    stand = eye.xyz;
    floor_light_colour = floor_colour;
    horizon = horizon_colour.rgb;
    zenith = zenith_colour.rgb;
    patch_corner = floor_patch.xy;
    patch_scale = floor_scale;
#ifdef BODIES
    corner_view = seen(ray_corner.xyz);
    pixel_view = vec2(view_axes[0].w, -view_axes[0].w);
    key_view = seen(key_direction.xyz);
    fill_view = seen(fill_direction.xyz);
    up_view = seen(vec3(0.0, 1.0, 0.0));
    key_light = key_colour.rgb;
    fill_light = fill_colour.rgb;
    sky = sky_colour.rgb;
    ground = ground_colour.rgb;
    edge = rim_colour.rgb;
#endif
}
