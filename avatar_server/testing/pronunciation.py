"""How the words of the script are said: ARPAbet by hand, a digit after each vowel for its stress."""

from __future__ import annotations

_LEXICON = """
a AX0 | about AX0 B AW1 T | all AO1 L | always AO1 L W EY2 Z | amazing AX0 M EY1 Z IH0 NG | and AX0 N D
around ER0 AW1 N D | ask AE1 S K | asked AE1 S K T | at AE0 T | be B IY0 | been B IH1 N | before B IH0 F AO1 R
believe B IH0 L IY1 V | big B IH1 G | blanket B L AE1 NG K IH0 T | boat B OW1 T | book B UH1 K
bread B R EH1 D | bring B R IH1 NG | but B AH1 T | cafe K AX0 F EY1 | call K AO1 L | came K EY1 M
can K AE1 N | cold K OW1 L D | could K UH1 D | course K AO1 R S | dark D AA1 R K | deal D IY1 L | did D IH1 D
do D UW1 | does D AH1 Z | don't D OW1 N T | easy IY1 Z IY0 | eat IY1 T | first F ER1 S T | flour F L AW1 ER0
fold F OW1 L D | food F UW1 D | for F AO0 R | go G OW1 | goes G OW1 Z | good G UH1 D | great G R EY1 T
guitar G IH0 T AA1 R | ha HH AA1 | had HH AE1 D | hard HH AA1 R D | has HH AE1 Z | heard HH ER1 D
hours AW1 ER0 Z | how HH AW1 | i AY1 | i'll AY1 L | i've AY1 V | in IH0 N | is IH0 Z | it IH0 T | it's IH0 T S
jacket JH AE1 K IH0 T | lake L EY1 K | letter L EH1 T ER0 | like L AY1 K | little L IH1 T AX0 L
long L AO1 NG | look L UH1 K | looked L UH1 K T
lovely L AH1 V L IY0 | make M EY1 K | maybe M EY1 B IY0 | me M IY1
might M AY1 T | mix M IH1 K S | mm-hm M AX0 M HH AH1 M | moon M UW1 N | music M Y UW1 Z IH0 K | my M AY1
next N EH1 K S T | nice N AY1 S | no N OW1 | of AX0 V | oh OW1 | okay OW0 K EY1 | old OW1 L D | on AA0 N
one W AH1 N | or AO0 R | our AW1 ER0 | over OW1 V ER0 | part P AA1 R T | path P AE1 TH | people P IY1 P AX0 L
picture P IH1 K CH ER0 | rain R EY1 N | read R IY1 D | really R IY1 L IY0 | right R AY1 T
saturday S AE1 T ER0 D EY2 | see S IY1 | sent S EH1 N T | singing S IH1 NG IH0 NG | sister S IH1 S T ER0
sky S K AY1 | so S OW1 | some S AH1 M | somebody S AH1 M B AA2 D IY0 | sounds S AW1 N D Z | soup S UW1 P
sunday S AH1 N D EY2 | sure SH UH1 R | sat S AE1 T | take T EY1 K | tea T IY1 | tell T EH1 L
terrible T EH1 R AX0 B AX0 L | that DH AE1 T | that's DH AE1 T S | the DH AX0 | then DH EH1 N | there DH EH1 R
think TH IH1 NG K | thinking TH IH1 NG K IH0 NG | this DH IH1 S | three TH R IY1 | tickets T IH1 K IH0 T S
time T AY1 M | to T UW0 | tomorrow T AX0 M AA1 R OW0 | train T R EY1 N | try T R AY1 | two T UW1
until AX0 N T IH1 L | up AH1 P | very V EH1 R IY0 | wait W EY1 T | walk W AO1 K | warm W AO1 R M | was W AX0 Z
water W AO1 T ER0 | we W IY0 | weekend W IY1 K EH2 N D | well W EH1 L | were W ER1 | what W AH1 T
when W EH1 N | where W EH1 R | who HH UW1 | whole HH OW1 L | will W IH0 L | with W IH0 DH | yeah Y AE1 AX0
yes Y EH1 S | you Y UW1 | your Y AO0 R
"""

PRONUNCIATIONS: dict[str, tuple[str, ...]] = {
    word: tuple(sounds)
    for word, *sounds in (
        entry.split() for line in _LEXICON.strip().splitlines() for entry in line.split("|")
    )
}
"""Word in lower case to its sounds, vowels with a stress digit: `lake` to ("L", "EY1", "K")."""
