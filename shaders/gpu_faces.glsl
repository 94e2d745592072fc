// Which samples a face covers, and how near it is there. Whole numbers, so that faces that share an edge share no
// sample and leave none out.
#include "gpu_corners.glsl"
layout(std430, binding = 4) readonly buffer Corners { Corner corners[]; };
layout(std430, binding = 5) readonly buffer Faces { uint faces[]; };

struct Face {
    uvec3 corner;
    ivec2 origin;     // what all else is told from
    ivec2 a, b, c;    // counter-clockwise where y points up
    int shift;        // large faces are reckoned in larger steps, which fit into a word
    float area;
};

int cross_product(ivec2 a, ivec2 b) {
    return a.x * b.y - a.y * b.x;
}

// False for what cannot be seen: faces from behind, or not wholly before the camera.
bool open_face(uint number, uint first_corner, out Face face) {
    face.corner = first_corner + uvec3(faces[3u * number], faces[3u * number + 2u], faces[3u * number + 1u]);
    ivec2 a = corners[face.corner.x].spot, b = corners[face.corner.y].spot, c = corners[face.corner.z].spot;
    face.origin = min(min(a, b), c);
    ivec2 extent = max(max(a, b), c) - face.origin;
    int widest = max(extent.x, extent.y);
    face.shift = 0;
    while (widest >> face.shift >= 16384) ++face.shift;
    face.a = a - face.origin >> face.shift;
    face.b = b - face.origin >> face.shift;
    face.c = c - face.origin >> face.shift;
    int area = cross_product(face.b - face.a, face.c - face.a);
    face.area = float(area);
    return area > 0 && face.shift <= 8;
}

// Twice the areas of the triangles opposite of each corner at a sample's middle.
ivec3 shares(Face face, ivec2 place) {
    ivec2 here = 256 * place + 128 - face.origin >> face.shift;
    return ivec3(
        cross_product(face.c - face.b, here - face.b),
        cross_product(face.a - face.c, here - face.c),
        cross_product(face.b - face.a, here - face.a));
}

// What is exactly on an edge belongs to one of its two faces.
bool takes(ivec2 edge, int share) {
    return share > 0 || share == 0 && (edge.y > 0 || edge.y == 0 && edge.x < 0);
}

bool covers(Face face, ivec3 share) {
    return takes(face.c - face.b, share.x) && takes(face.a - face.c, share.y) && takes(face.b - face.a, share.z);
}
