"""Words that carry grammar, not content, by language: what turns keywords into a sentence.

Articles, pronouns, prepositions, conjunctions, auxiliaries, question words.
"""

from __future__ import annotations

_FUNCTION_WORDS = {
    "English": """a about after again against all also although am an and another any are as at be because been before
        being below between both but by can cannot could did do does doing done down during each either else every few
        for from further had has have having he her here hers him his how however i if in instead into is it its itself
        just many may me might mine more most much must my neither no nor not of off on once one only onto or other our
        ours out over own per rather same shall she should since so some such than that the their theirs them then
        there these they this those though through to too toward towards under until up upon us very via was we were
        what when where whether which while who whom whose why will with within without would yet you your yours""",
    "German": """ab aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis
        bist da damit dann das dass dein deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir
        doch dort du durch ein eine einem einen einer eines er es etwas euch für gegen hab habe haben hat hatte hier
        hinter ich ihm ihn ihr ihre im in ist ja jede jedem jeden jeder jedes jener kann kein keine können könnte man
        mein meine mich mir mit muss müssen nach nicht noch nun nur ob oder ohne sein seine sich sie sind so soll
        sollte sondern über um und uns unser unter vom von vor wann war waren warum was weil welche welchem welchen
        welcher welches wenn wer werde werden wie wird wo wohin würde zu zum zur zwischen""",
    "French": """à afin ai alors après as au aucun aussi autre aux avait avant avec avoir ce ceci cela ces cet cette
        ceux chaque chez ci comme comment dans de depuis des donc dont du elle elles en encore entre est et étaient
        était été être eu eux fait il ils je la le les leur leurs lors lorsque lui ma mais me même mes moi mon ne ni
        nos notre nous on ont ou où par parce pas pendant peut plus pour pourquoi pouvez puis quand que quel quelle
        quelles quels qui quoi sa sans se sera ses si son sont sous sur ta te tes toi ton tous tout toute toutes très
        tu un une vers vos votre vous y""",
    "Spanish": """a al algo algún alguna ante antes aquel así aunque cada como cómo con contra cual cuál cuales cuando
        cuándo de del desde donde dónde dos durante e el él ella ellas ellos en entre era es esa ese eso esta está
        están estar este esto estos fue ha hace hacia han has hasta hay la las le les lo los más me mi mientras muy
        nada ni no nos nosotros o otra otro para pero por porque puede pueden pues que qué quien quién se sea según
        ser si sí sin sino sobre son su sus también tan te tiene todo todos tu un una uno unos y ya yo""",
    "Italian": """a ad agli ai al alla alle allo anche ancora avere che chi ci coi col come con contro cosa cui da
        dagli dai dal dalla dalle dallo degli dei del della delle dello di dopo dove e è ed era essere fra gli ha hanno
        ho i il in io la le lei lo loro lui ma me mi mio ne negli nei nel nella nelle nello no noi non nostro o ogni
        per perché più può qua quale quali quando quanto quello questa questo qui se sei sia siamo sono sotto su sua
        sue sui sul sulla sulle sullo suo suoi tra tu tua tuo tutti tutto un una uno vi voi""",
}
_SETS = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}


def function_words(language: str) -> frozenset[str] | None:
    """Those of `language` and the English ones, in lower case; None for a language that is not known here."""
    own = _SETS.get(language)
    return None if own is None else own | _SETS["English"]
