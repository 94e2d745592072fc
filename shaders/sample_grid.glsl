// Where a pixel's SAMPLES lie in the target that bodies are drawn into.
//
// Four: a square, in a target of twice the width and height. Two: a target turned by 45 degrees, in which the two
// samples of a pixel differ across and down, so that upright and level edges come out as smooth as with four.
#if SAMPLES == 4
vec4 on_grid(vec4 place) {
    return place;
}

ivec2 sample_at(ivec2 pixel, int index) {
    return 2 * pixel + ivec2(index & 1, index >> 1);
}
#else
// From x, y in the picture: x + y, y - x + width + 1/2. PIXEL is the picture's width, its height and a pixel by the
// target's width and height.
vec4 on_grid(vec4 place) {
    vec2 share = (place.xy + place.w) * PIXEL.xy;
    return vec4(
        share.x + share.y - place.w, share.y - share.x + (2.0 * PIXEL.x + PIXEL.z - 1.0) * place.w, place.zw);
}

ivec2 sample_at(ivec2 pixel, int index) {
    return ivec2(pixel.x + pixel.y + index, pixel.y - pixel.x + WIDTH);
}
#endif
