out float distance_m;

void main() {
    // The perspective divides by the distance along the view, and keeps its reciprocal.
    distance_m = 1.0 / gl_FragCoord.w;
}
