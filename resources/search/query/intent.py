"""The modality that a query names: "diagram of the cooling circuit" asks for a figure, "table of limits" for a table.

Every language has words that only ever name a picture or a table, and words that do when their neighbours say so:
"image of", but not "docker image"; "latency chart", but not "helm chart"; "timeout table", but not "routing table".
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# What looks like the modality and is not comes first: the scan consumes it before it can be taken for one.
_OTHER_FIGURES = {
    "English": r"""(?: helm | umbrella | parent | library | sub )[\s-]? charts?
        | charts?\s+(?: values? | versions? | repo\w* | museum | names? | templates? | dependenc\w+ | releases?
            | hooks? )
        | (?: install | upgrad | deploy | packag | push | publish | lint )\w*\s+(?: an?\s+ | the\s+ | this\s+ )? charts?
        | (?: docker | container | oci | podman | base | vm | machine | system | disk | boot | iso | os | root | sidecar
            | init | operator | distroless | alpine | debian | ubuntu )s?[\s-] images?
        | (?: pull | push | build | tag | sign | scan | deploy )\w*\s+(?: an?\s+ | the\s+ | this\s+ | new\s+ )? images?
        | (?: knowledge | property | object | scene | social | acyclic | directed )\s+graphs?""",
    "German": r"\w*(?: be | aus | auf | kenn | unter | ver )zeichnung\w*",
    "French": r"""(?: interfaces? | cartes? | environnements? )\s+graphiques?
        | images?\s+(?: de\s+ )?(?: docker | conteneur | disque | base )\w*""",
    "Spanish": r"""(?: interfa[zc] | tarjeta | entorno )\w*\s+gr[áa]fic[oa]s?
        | im[áa]gen(?:es)?\s+(?: de\s+ )?(?: docker | contenedor | disco | base )\w*""",
    "Italian": r"""(?: interfacci[ae] | sched[ae] )\s+grafic\w+
        | immagin[ei]\s+(?: di\s+ )?(?: docker | container | disco )""",
    "Portuguese": r"""(?: interface | placa )s?\s+gr[áa]fic\w+
        | image(?:m|ns)\s+(?: de\s+ )?(?: docker | contêiner | disco )""",
}
_FIGURES = {
    "English": r"""diagrams? | flow-?\s?charts? | screen-?\s?shots? | screen\s?grabs? | drawings? | illustrations?
        | schematics? | sketch(?:es)? | infographics? | photos? | photographs? | pictures? | hand-drawn | wireframes?
        | mock-?ups? | organi[sz]ation(?:al)?\s+charts?
        | (?: bar | pie | line | area | scatter | gantt | org | stacked | radar | donut | bubble )[\s-]?
            (?: charts? | plots? | graphs? )
        | (?: topology | network | site | service | dependency | architecture | mind | heat | tree | floor )[\s-]?maps?
        | (?: chart | graph | plot | image | figure | map | histogram | curve | visuali[sz]ation )s?
            \s+(?: of | showing | shows | that\s+shows | with | on\s+which | in\s+which | where | depicting | for )
        | (?: chart | graph | plot | image | visuali[sz]ation )s?(?=[\s.?!]*\Z)
        | fig(?:ure|\.)\s?\d+""",
    "German": r"""\w*(?: diagramm | schaubild | schaltbild | übersichtsbild | bildschirmaufnahme | abbildung | zeichnung
            | skizze | organigramm )\w*
        | \w*(?: bildschirmfoto | screenshot )s? | \w*schalt(?:plan|plans|pläne|plänen)
        | \w*(?: kenn | mess | verlaufs )kurven?
        | \w*grafik(?:en)? | fotos? | bild(?:er)?\s+(?: von | mit | der | des ) | (?: bild | abb\.? )\s?\d+""",
    "French": r"""diagrammes? | organigrammes? | histogrammes? | camemberts? | (?: capture | copie )s?\s+d.[ée]cran
        | sch[ée]mas? | graphiques? | courbes? | dessins? | illustrations? | photos?
        | images?\s+(?: de | du | des | avec | montrant ) | figures?\s+\d+""",
    "Spanish": r"""diagramas? | organigramas? | histogramas? | capturas?\s+de\s+(?:la\s+)?pantalla | pantallazos?
        | esquemas? | gr[áa]fic[oa]s? | dibujos? | ilustraci(?:ón|ones) | fotos?
        | im[áa]gen(?:es)?\s+(?: de | con | del | que ) | figuras?\s+\d+""",
    "Italian": r"""diagramm[ai] | organigramm[ai] | istogramm[ai] | schermat[ae] | schem[ai] | grafic[oi] | disegn[oi]
        | illustrazion[ei] | foto | immagin[ei]\s+(?: di | del\w* | con | che ) | figur[ae]\s+\d+""",
    "Portuguese": r"""diagramas? | organogramas? | fluxogramas? | histogramas? | capturas?\s+de\s+(?: tela | ecrã )
        | esquemas? | gr[áa]ficos? | desenhos? | ilustraç(?:ão|ões) | fotos? | image(?:m|ns)\s+(?: de | com | d[oa] )
        | figuras?\s+\d+""",
    "Dutch": r"""\w*diagram(?:men)? | \w*(?: schermafbeelding | screenshot )(?:en|s)? | \w*grafiek(?:en)?
        | (?: bouw | werk )?tekening(?:en)? | afbeelding(?:en)? | foto(?:.s)?""",
}
_OTHER_TABLES = {
    "English": r"""tables?\s+of\s+contents
        | (?: routing | route | forwarding | hash | database | db | sql | lance | symbol | page | partition | nat | arp
            | mac | join | temporary | temp | source | target | external )[\s-]tables?
        | (?: creat | drop | alter | truncat | lock | vacuum | renam | join | quer )\w*\s+(?: an?\s+ | the\s+ )?
            tables?""",
    "German": r"\w*(?: routing | hash | datenbank | symbol | seiten | partitions )-?tabellen?",
    "French": r"tableaux?\s+de\s+bord | tables?\s+de\s+(?: routage | hachage )",
    "Spanish": r"tablas?\s+(?: de\s+ )?(?: enrutamiento | rutas | hash | contenidos? )",
    "Italian": r"tabell[ae]\s+(?: di\s+ )?(?: routing | instradamento | hash )",
    "Portuguese": r"tabelas?\s+(?: de\s+ )?(?: roteamento | rotas | hash )",
    "Dutch": r"\w*(?: routing | hash | database )-?tabel(?:len)?",
}
_TABLES = {
    "English": r"""tables?\s+(?: of | with | showing | shows | listing | that | comparing | where | in\s+which | for
            | from )
        | (?: in | as | which | comparison | lookup | reference )\s+(?: an?\s+ | the\s+ )? tables?
        | tables?(?=[\s.?!]*\Z) | spreadsheets? | table\s+\d+ | tabular""",
    "German": r"\w*tabellen? | tabellarisch\w* | tabellenkalkulation\w*",
    "French": r"tableaux? | feuilles?\s+de\s+calcul",
    "Spanish": r"tablas? | cuadros?\s+comparativos? | hojas?\s+de\s+c[áa]lculo",
    "Italian": r"tabell[ae] | fogli[o]?\s+di\s+calcolo",
    "Portuguese": r"tabelas? | planilhas?",
    "Dutch": r"\w*tabel(?:len)? | spreadsheets?",
}


def _patterns(others: Mapping[str, str], names: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
    return {
        language: re.compile(
            rf"(?<!\w)(?: (?: {others.get(language, '(?!)')} ) | (?P<named> {named} ) )(?!\w)",
            re.IGNORECASE | re.VERBOSE,
        )
        for language, named in names.items()
    }


_MODALITIES = {"figure": _patterns(_OTHER_FIGURES, _FIGURES), "table": _patterns(_OTHER_TABLES, _TABLES)}


def named_modality(words: str, language: str) -> str | None:
    """ "figure" or "table" where `words` names one in `language` or in English, else None. English is understood beside
    every language; a language that is not known here has English only."""
    for modality, patterns in _MODALITIES.items():
        for known in dict.fromkeys(("English", language)):
            if known in patterns and any(match["named"] for match in patterns[known].finditer(words)):
                return modality
    return None
