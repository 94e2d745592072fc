// Bodies are drawn turned by 45 degrees, with two samples a pixel that differ across and down: they smooth upright and
// level edges as well as four in a square do. From x, y in the picture: x + y, y - x + width + 1/2.
// PIXEL is the picture's width, its height and a pixel by the target's width and height.
vec4 turned(vec4 place) {
    vec2 share = (place.xy + place.w) * PIXEL.xy;
    return vec4(
        share.x + share.y - place.w, share.y - share.x + (2.0 * PIXEL.x + PIXEL.z - 1.0) * place.w, place.zw);
}
