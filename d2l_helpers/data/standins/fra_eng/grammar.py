"""替身句对的词与语法。"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

Pair = tuple[str, str]
NARROW = "\u202f"  # 法文的 ! 与 ? 之前


class Person(NamedTuple):
    """一个主语：英文的三种写法，法文的主语、être、avoir、“在自己家”，性与数。"""

    am: str  # I'm
    was: str  # I，过去时与否定用
    be: str  # am
    subject: str  # je
    suis: str  # être
    ai: str  # avoir
    home: str  # chez moi
    feminine: bool = False
    plural: bool = False


PEOPLE = (
    Person("I'm", "I", "am", "je", "suis", "ai", "chez moi"),
    Person("You're", "You", "are", "tu", "es", "as", "chez toi"),
    Person("He's", "He", "is", "il", "est", "a", "chez lui"),
    Person("She's", "She", "is", "elle", "est", "a", "chez elle", feminine=True),
    Person("We're", "We", "are", "nous", "sommes", "avons", "chez nous", plural=True),
    Person("They're", "They", "are", "ils", "sont", "ont", "chez eux", plural=True),
    Person("Tom's", "Tom", "is", "Tom", "est", "a", "chez lui"),
)
ADJECTIVES = {  # 英文 → 法文的阳性与阴性；复数加 s，已经有 s、x 的不加
    "calm": ("calme", "calme"), "tired": ("fatigué", "fatiguée"), "happy": ("heureux", "heureuse"),
    "sad": ("triste", "triste"), "sick": ("malade", "malade"), "ready": ("prêt", "prête"),
    "strong": ("fort", "forte"), "rich": ("riche", "riche"), "poor": ("pauvre", "pauvre"),
    "tall": ("grand", "grande"), "small": ("petit", "petite"), "young": ("jeune", "jeune"),
    "alone": ("seul", "seule"), "free": ("libre", "libre"), "polite": ("poli", "polie"),
    "worried": ("inquiet", "inquiète"), "quiet": ("tranquille", "tranquille"),
}  # fmt: skip
STATES = {  # 英文用 be，法文用 avoir
    "hungry": "faim", "thirsty": "soif", "cold": "froid", "hot": "chaud", "afraid": "peur",
    "right": "raison", "wrong": "tort",
}  # fmt: skip
DONE = {  # 过去时，不带宾语
    "lost": "perdu", "won": "gagné", "slept": "dormi", "ate": "mangé", "paid": "payé",
    "called": "appelé", "laughed": "ri", "cried": "pleuré", "waited": "attendu", "lied": "menti",
    "tried": "essayé", "understood": "compris",
}  # fmt: skip
TO_THINGS = {"saw": "vu", "found": "trouvé", "bought": "acheté", "sold": "vendu", "took": "pris"}
THINGS = {
    "the dog": "le chien", "the cat": "le chat", "a house": "une maison", "the car": "la voiture",
    "a book": "un livre", "a letter": "une lettre", "some bread": "du pain",
    "some water": "de l'eau", "two apples": "deux pommes",
}  # fmt: skip
WHEN = {"": "", " today": " aujourd'hui", " yesterday": " hier", " this morning": " ce matin"}
ORDERS = {
    "Go": "Va", "Run": "Cours", "Stop": "Arrête", "Wait": "Attends", "Listen": "Écoute",
    "Look": "Regarde", "Eat": "Mange", "Smile": "Souris", "Come in": "Entre", "Read": "Lis",
    "Help me": "Aide-moi", "Follow me": "Suis-moi", "Call me": "Appelle-moi", "Go home": "Rentre",
    "Be calm": "Sois calme", "Be ready": "Sois prêt", "Hi": "Salut", "Thanks": "Merci",
}  # fmt: skip


def agree(forms: tuple[str, str], person: Person) -> str:
    """形容词随主语的性与数变。"""
    word = forms[person.feminine]
    return word + "s" if person.plural and word[-1] not in "sx" else word


def with_verb(person: Person, verb: str, *, no: bool = False) -> str:
    """主语加 être 或 avoir，元音之前省略，否定时夹在 ne … pas 里；句首大写。"""
    subject, vowel = person.subject, verb[0] in "aeo"
    if no:
        text = f"{subject} n'{verb} pas" if vowel else f"{subject} ne {verb} pas"
    elif subject == "je" and vowel:
        text = f"j'{verb}"
    else:
        text = f"{subject} {verb}"
    return text[0].upper() + text[1:]


def question(person: Person, verb: str) -> str:
    """倒装：动词、连字符、主语；avoir 的 a 与代词之间添 t，人名放在最前面。"""
    name = f"{person.subject} " if person.subject == "Tom" else ""
    pronoun = "il" if name else person.subject
    link = "-t-" if verb == "a" else "-"
    text = f"{name}{verb}{link}{pronoun}"
    return text[0].upper() + text[1:]


def about(person: Person) -> Iterator[Pair]:
    """一个主语的全部句子。"""
    negated = f"{person.was} {person.be} not" if person.am == "Tom's" else f"{person.am} not"
    who = person.was if person.am in ("I'm", "Tom's") else person.was.lower()
    ask = f"{person.be.capitalize()} {who}"
    yield f"{person.am} home.", f"{with_verb(person, person.suis)} {person.home}."
    for english, forms in ADJECTIVES.items():
        french = agree(forms, person)
        yield f"{person.am} {english}.", f"{with_verb(person, person.suis)} {french}."
        yield f"{person.am} very {english}.", f"{with_verb(person, person.suis)} très {french}."
        yield f"{negated} {english}.", f"{with_verb(person, person.suis, no=True)} {french}."
        yield f"{ask} {english}?", f"{question(person, person.suis)} {french}{NARROW}?"
    for english, french in STATES.items():
        yield f"{person.am} {english}.", f"{with_verb(person, person.ai)} {french}."
        yield f"{negated} {english}.", f"{with_verb(person, person.ai, no=True)} {french}."
        yield f"{ask} {english}?", f"{question(person, person.ai)} {french}{NARROW}?"
    for (did, done), (when, french) in itertools.product(DONE.items(), WHEN.items()):
        yield f"{person.was} {did}{when}.", f"{with_verb(person, person.ai)} {done}{french}."
    for did, thing, when in itertools.product(TO_THINGS, THINGS, WHEN):
        french = f"{TO_THINGS[did]} {THINGS[thing]}{WHEN[when]}"
        yield f"{person.was} {did} {thing}{when}.", f"{with_verb(person, person.ai)} {french}."


def sentences() -> Iterator[Pair]:
    """全部句对，英文各不相同。"""
    for english, french in ORDERS.items():
        yield f"{english}.", f"{french}."
        yield f"{english}!", f"{french}{NARROW}!"
    for person in PEOPLE:
        yield from about(person)
