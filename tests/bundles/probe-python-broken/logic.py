"""A bundle whose class has the wrong name: what an author sees."""


class Agnet:
    pass


answer = 42
