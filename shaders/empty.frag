// Nobody here, infinitely far away.
out uvec2 code;

void main() {
    code = uvec2(0u);
}
