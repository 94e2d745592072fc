// A vertex as the camera sees it.
struct Corner {
    ivec2 spot;       // in the grid of samples, in steps of 1/256
    float depth;      // 0..1; negative where the vertex is not in front of the camera
    float w;
    vec4 surface;     // stereographic normal; how much of the key, and of the surroundings, is seen
    vec4 cloth;       // signed distances to the garments' borders in samples; of a solid body x, y: `pack_matter`
    vec4 bare;        // colour and material of what no garment covers
};
