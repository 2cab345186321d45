#!/usr/bin/env python3
"""llama.cpp's own grammar engine as a mask worker: its converter from JSON Schema to GBNF, its parser, its sampler.

Runs in the environment that `gonogo setup --llama-server` makes, on the library in that wheel, and needs a GGUF file as
tokenizer. The wheel converts schemas for llguidance only, so that the other converter is called as the C++ it is, which
binds this worker to that wheel (GCC's older strings) and to Linux on x86-64.
"""

import ctypes, os, signal
from ctypes import byref, c_bool, c_char_p, c_float, c_int, c_int32, c_int64, c_size_t, c_void_p
from importlib.metadata import files, version

from mask_worker import clock, serve

llama = ctypes.CDLL(str(next(file.locate() for file in files("xllamacpp") if file.suffix == ".so")))
cxx = ctypes.CDLL("libstdc++.so.6")
ROOM = ctypes.c_uint8 * 512  # more than any of the structures below that nobody here looks into


class Params(ctypes.Structure):  # llama_model_params
    _fields_ = [("unseen", ROOM)]


class Candidate(ctypes.Structure):  # llama_token_data
    _fields_ = [("token", c_int32), ("logit", c_float), ("p", c_float)]


class Candidates(ctypes.Structure):  # llama_token_data_array
    _fields_ = [("data", c_void_p), ("size", c_size_t), ("selected", c_int64), ("sorted", c_bool)]


Log = ctypes.CFUNCTYPE(None, c_int, c_char_p, c_void_p)
quiet = Log(lambda level, text, of: None)
for name, gives, takes in (
    ("llama_log_set", None, (Log, c_void_p)),
    ("llama_model_default_params", Params, ()),
    ("llama_model_load_from_file", c_void_p, (c_char_p, Params)),
    ("llama_model_get_vocab", c_void_p, (c_void_p,)),
    ("llama_vocab_n_tokens", c_int32, (c_void_p,)),
    ("llama_vocab_is_eog", c_bool, (c_void_p, c_int32)),
    ("llama_token_to_piece", c_int32, (c_void_p, c_int32, c_char_p, c_int32, c_int32, c_bool)),
    ("llama_sampler_init_grammar", c_void_p, (c_void_p, c_char_p, c_char_p)),
    ("llama_sampler_apply", None, (c_void_p, ctypes.POINTER(Candidates))),
    ("llama_sampler_accept", None, (c_void_p, c_int32)),
    ("llama_sampler_reset", None, (c_void_p,)),
    ("llama_sampler_free", None, (c_void_p,)),
):
    getattr(llama, name).restype, getattr(llama, name).argtypes = gives, takes


class Matcher:
    def __init__(self, sampler, fresh, took):
        self.sampler, self.fresh, self.took = sampler, fresh, took
        self.candidates = type(fresh)()
        self.all = Candidates(ctypes.addressof(self.candidates), len(fresh), -1, False)

    def fill(self):
        ctypes.memmove(self.candidates, self.fresh, ctypes.sizeof(self.fresh))
        llama.llama_sampler_apply(self.sampler, byref(self.all))

    def accept(self, token):
        llama.llama_sampler_accept(self.sampler, token)

    def reset(self):
        llama.llama_sampler_reset(self.sampler)

    def allowed(self):
        logits = memoryview(self.candidates).cast("B").cast("f")[1::3]
        return {token for token, logit in enumerate(logits.tolist()) if logit == 0.0}

    def __del__(self):
        llama.llama_sampler_free(self.sampler)


class Gbnf:
    name, version = "gbnf", version("xllamacpp")
    facts = {
        "engine.compile": "converting to GBNF and parsing that; the fork in between is in no clock",
        "engine.mask": "every token of the vocabulary; a server looks at all only where the one it drew is refused",
        "engine.reset": "parses the grammar again",
        "engine.compile-cache": "off",
    }
    OPTIONS = {"canonical-tokens": False, "compile-threads": 1, "compile-cache": False}  # what it does anyway

    def __init__(self, texts, end, hello):
        for name, value in hello["options"].items():
            if name not in self.OPTIONS or self.OPTIONS[name] != value:
                raise ValueError(f"llama.cpp's grammars have no `{name}` = {value!r}; use --options defaults")
        llama.llama_log_set(quiet, None)
        model = llama.llama_model_load_from_file(hello["tokenizer"].encode(), llama.llama_model_default_params())
        if not model:
            raise ValueError(f"llama.cpp cannot read {hello['tokenizer']}; name a GGUF file with --tokenizer")
        self.vocabulary = llama.llama_model_get_vocab(model)
        count, piece = llama.llama_vocab_n_tokens(self.vocabulary), ctypes.create_string_buffer(4096)
        ends = [token for token in range(count) if llama.llama_vocab_is_eog(self.vocabulary, token)]
        same = count == len(texts) and ends == sorted(end)
        for token, text in enumerate(texts if same else ()):
            length = llama.llama_token_to_piece(self.vocabulary, token, piece, len(piece), 0, True)
            same &= not text or piece.raw[: max(length, 0)] == text
        if not same:
            raise ValueError("llama.cpp reads other tokens, or other ends, from this file than gonogo does")
        self.fresh = (Candidate * count)(*((token, 0.0, 0.0) for token in range(count)))

    def compile(self, schema):
        grammar, took = converted(schema.encode())
        began = clock()
        sampler = llama.llama_sampler_init_grammar(self.vocabulary, grammar, b"root")
        took += clock() - began
        if not sampler:
            raise ValueError("llama.cpp's parser declines the grammar that its converter has written")
        return Matcher(sampler, self.fresh, took)


def convert(schema):
    """`json_schema_to_grammar(common_json::parse(schema), true)`; what it declines ends the process."""
    text, grammar, document = c_void_p(), c_void_p(), ROOM()
    cxx._ZNSsC1EPKcRKSaIcE(byref(text), schema, byref(ROOM()))
    began = clock()
    llama._ZN11common_json5parseERKSs(document, byref(text))
    llama._Z22json_schema_to_grammarRK11common_jsonb(byref(grammar), document, c_bool(True))
    took = clock() - began
    return ctypes.string_at(grammar.value), took


def converted(schema):
    """The grammar, and how long converting took, from a child: a C++ exception cannot be caught from here."""
    answer, said = os.memfd_create("grammar"), os.memfd_create("stderr")
    child = os.fork()
    if child == 0:
        try:
            cxx.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: a child that hangs does not outlive the worker
            os.dup2(said, 2)
            grammar, took = convert(schema)
            with open(answer, "wb") as file:
                file.write(took.to_bytes(8, "big") + grammar)
            os._exit(0)
        finally:
            os._exit(1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with open(answer, "rb") as answer, open(said, "rb") as said:
        answer.seek(0), said.seek(0)
        took, grammar = int.from_bytes(answer.read(8), "big"), answer.read()
        _, declined, why = said.read().decode(errors="replace").partition("what():")
    if status == -signal.SIGABRT and declined:
        raise ValueError(why)
    if status != 0:  # a crash of the engine's is one of the worker's
        os.kill(os.getpid(), -status if status < 0 else signal.SIGABRT)
    return grammar, took


if __name__ == "__main__":
    serve(Gbnf)
