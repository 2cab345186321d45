#!/usr/bin/env python3
"""lm-format-enforcer as a mask worker: an engine in pure Python, which no other worker of gonogo brings."""

from importlib.metadata import version
import json

from lmformatenforcer import JsonSchemaParser, TokenEnforcer, TokenEnforcerTokenizerData

from mask_worker import serve


class Matcher:
    def __init__(self, data, parser):
        self.data, self.parser = data, parser
        self.reset()

    def reset(self):
        # An enforcer remembers every prefix it has seen, so that going back means a new one. Parsers never change.
        self.enforcer, self.taken = TokenEnforcer(self.data, self.parser), []

    def fill(self):
        self.mask = self.enforcer.get_allowed_tokens(self.taken)

    def accept(self, token):
        self.taken.append(token)  # the engine takes it up when it is asked for the next mask

    def allowed(self):
        return set(self.mask.allowed_tokens)


class LmFormatEnforcer:
    name, version = "lmfe", version("lm-format-enforcer")
    facts = {
        "engine.mask": "a list of tokens; no clock holds what making bits of it takes",
        "engine.accept": "part of the next mask",
        "engine.compile-cache": "automata of `pattern`",
    }
    # What it does anyway, by the names of backends/engines/README.md.
    OPTIONS = {"unsupported": "ignore", "canonical-tokens": False, "compile-threads": 1}

    def __init__(self, texts, end, hello):
        for name, value in hello["options"].items():
            if name not in self.OPTIONS or self.OPTIONS[name] != value:
                raise ValueError(f"lm-format-enforcer has no `{name}` = {json.dumps(value)}; use --options defaults")

        def decode(tokens):
            return b"".join(texts[token] for token in tokens).decode("utf-8", "replace").rstrip("\ufffd")

        # As the engine's own integration has it: control tokens are left out, and a token that is a part of a
        # character is the replacement character.
        regular = [(token, text.decode("utf-8", "replace"), False) for token, text in enumerate(texts) if text]
        self.data = TokenEnforcerTokenizerData(regular, decode, end, use_bitmask=False, vocab_size=len(texts))

    def compile(self, schema):
        return Matcher(self.data, JsonSchemaParser(json.loads(schema)))


if __name__ == "__main__":
    serve(LmFormatEnforcer)
