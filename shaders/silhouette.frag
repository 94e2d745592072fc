uniform uint label;
out uint who;

void main() {
    who = label;
}
