"""Greetings that the functions of several accounts share."""

_GREETINGS = {"en": "Hello, {}!", "zh": "你好，{}！", "fr": "Bonjour, {} !"}


def greet(name, language="en"):
    return _GREETINGS[language].format(name)
