"""Names, streets and places of the people nobody is; cities and postal codes are real, streets are not."""

from __future__ import annotations

# fmt: off
LAST_NAMES = {
    "fr": (
        ("Exemplaire", "Fictif", "Testa", "Modelet", "Essaidieu", "Inventon", "Supposel", "Imagin"),
        ("mont", "val", "fontaine", "rive", "clair", "bois", "lieu", "pierre", "champ", "roche", "mer", "lande", "gue",
         "tour", "pont", "serre", "vigne", "source"),
    ),
    "nl": (
        ("Voorbeeld", "Fictief", "Testa", "Proef", "Denkbeeld", "Verzonnen", "Schijn", "Model"),
        ("man", "huis", "dijk", "boom", "veld", "berg", "stra", "kamp", "water", "hove", "brug", "land", "akker",
         "poort", "wijk", "haven"),
    ),
    "de": (
        ("Muster", "Beispiel", "Probe", "Erfunden", "Fiktiv"),
        ("mann", "wald", "hof", "bach", "stein", "berger", "feld", "tal", "brunn"),
    ),
}
#: First names: even positions are women's, odd positions men's.
FIRST_NAMES = {
    "fr": ("Alice", "Bastien", "Camille", "Damien", "Elise", "Fabrice", "Gaëlle", "Hugo", "Inès", "Julien", "Léa",
           "Martin", "Noémie", "Olivier", "Pauline", "Quentin", "Sophie", "Théo", "Valérie", "Xavier"),
    "nl": ("Anke", "Bram", "Charlotte", "Dirk", "Els", "Filip", "Greet", "Hendrik", "Ilse", "Joris", "Katrien",
           "Luc", "Marijke", "Nico", "Petra", "Ruben", "Sofie", "Tom", "Veerle", "Wout"),
    "de": ("Anna", "Bernd", "Clara", "Dieter", "Erika", "Franz", "Greta", "Heinz", "Ingrid", "Jürgen"),
}
STREETS = {
    "fr": ("rue de l'Exemple", "avenue du Modèle", "chemin de l'Essai", "place Imaginaire", "rue Sans-Nom",
           "avenue de la Fiction"),
    "nl": ("Voorbeeldstraat", "Proefweg", "Fictielaan", "Denkbeeldplein", "Testdreef", "Nergensstraat"),
    "de": ("Musterstraße", "Beispielweg", "Probegasse", "Nirgendwoplatz"),
}
CITIES = {
    "fr": (("5000", "Namur"), ("4000", "Liège"), ("6000", "Charleroi"), ("7000", "Mons"), ("7500", "Tournai"),
           ("6700", "Arlon"), ("4800", "Verviers"), ("1000", "Bruxelles"), ("1050", "Ixelles"), ("1300", "Wavre"),
           ("1400", "Nivelles"), ("7100", "La Louvière"), ("4500", "Huy"), ("5500", "Dinant"), ("6600", "Bastogne")),
    "nl": (("2000", "Antwerpen"), ("9000", "Gent"), ("8000", "Brugge"), ("3000", "Leuven"), ("2800", "Mechelen"),
           ("3500", "Hasselt"), ("8500", "Kortrijk"), ("8400", "Oostende"), ("9300", "Aalst"), ("3600", "Genk"),
           ("2300", "Turnhout"), ("9100", "Sint-Niklaas"), ("1080", "Sint-Jans-Molenbeek")),
    "de": (("4700", "Eupen"), ("4780", "Sankt Vith"), ("4720", "Kelmis"), ("4730", "Raeren"), ("4750", "Bütgenbach")),
}
# fmt: on
