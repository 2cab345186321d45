"""The conversation of a mask worker (`backends/PROTOCOL.md`), for any engine that can be called from Python.

`serve(Engine)` holds it; `lmfe.py` is an engine that fits. What an engine must bring:

    class Engine:
        name, version = "mine", "1.0"
        facts = {}                           # name -> text: what else a reader of the figures must know
        def __init__(self, texts, end, hello): ...  # bytes of each token, none where it is a control token; end tokens
        def compile(self, schema): ...       # from the schema's text to a matcher; any exception declines it
    class Matcher:
        def fill(self): ...                  # computes the mask, in the engine's own form; timed, like the next two
        def accept(self, token): ...
        def reset(self): ...                 # goes back to the start
        def allowed(self): ...               # the mask as a set of tokens; not timed
        took = 1                             # only where `compile` does more than compile: what that took, ns
"""

import json, os, queue, random, resource, statistics, sys, threading, time, zlib

clock, BEAT = time.monotonic_ns, 250_000_000  # ns


class Failed(Exception):
    """What becomes a `failed` line."""

    def __init__(self, phase, kind, message):
        super().__init__(" ".join(str(message).split()))
        self.phase, self.kind = phase, kind

    def line(self):
        return "failed", {"phase": self.phase, "class": self.kind, "message": str(self)}


class Channel:
    """Lines to the harness, and a heartbeat for as long as one step lasts."""

    def __init__(self):
        self.out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # whatever a library prints goes to stderr
        self.lock, self.step = threading.Lock(), (None, 0)
        threading.Thread(target=self.beat, daemon=True).start()

    def say(self, kind, fields, last=False):
        with self.lock:
            self.step = (None, 0) if last else self.step  # behind the last line of an answer nothing may come
            print(json.dumps({kind: fields}), file=self.out, flush=True)

    def beat(self):
        while True:
            time.sleep(BEAT / 1e9)
            with self.lock:
                phase, since = self.step
                if phase and (lasting := clock() - since) >= BEAT:
                    line = {"heartbeat": {"phase": phase, "lasting": lasting}}
                    print(json.dumps(line), file=self.out, flush=True)

    def timed(self, phase, call, *arguments):
        """What a call of the engine gives and how long it took: nothing else is between the readings."""
        self.step = (phase, clock())
        try:
            began = clock()
            result = call(*arguments)
            return result, clock() - began
        except Exception as error:
            kind = "out-of-memory" if isinstance(error, MemoryError) else {"compile": "rejected"}.get(phase, "engine")
            raise Failed(phase, kind, f"{type(error).__name__}: {error}") from error


class Desk:
    """Answers line after line. An answer is its last line; the lines before it are written on the way."""

    def __init__(self, channel, Engine, hello):
        began = clock()
        channel.step = ("load", began)
        if (hello["engine"], hello["protocol"]) != (Engine.name, 1):
            raise ValueError(f"this worker brings `{Engine.name}` behind version 1 of the mask protocol")
        resource.setrlimit(resource.RLIMIT_AS, (hello["address_space_bytes"],) * 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with open(hello["vocabulary"]) as file:
            tokens, end = map(json.load(file).get, ("tokens", "end"))
        self.texts = [b"" if token.get("control") else bytes.fromhex(token["hex"]) for token in tokens]
        self.channel, self.engine, self.end = channel, Engine(self.texts, end, hello), set(end)
        self.control = {token for token, of in enumerate(tokens) if of.get("control")} - self.end
        facts = {f"option.{name}": json.dumps(value) for name, value in hello["options"].items()} | self.engine.facts
        facts |= {"vocabulary.tokens": str(len(tokens)), "vocabulary.end": " ".join(map(str, end))}
        facts["engine.python"] = sys.version.split()[0]
        timer = statistics.median(channel.timed("load", lambda: None)[1] for _ in range(1001))
        self.ready = {"protocol": 1, "engine": Engine.name, "engine_version": Engine.version, "facts": facts,
                      "timer": timer, "load": clock() - began}

    def compile(self, constraint):
        if constraint["type"] != "json-schema":
            raise Failed("compile", "rejected", "this worker compiles JSON Schema and nothing else")
        matcher, took = self.channel.timed("compile", self.engine.compile, constraint["text"])
        return matcher, getattr(matcher, "took", took)

    def step(self, call, *arguments):
        return self.channel.timed("mask", call, *arguments)[1]

    def bits(self, allowed):
        """A mask as the protocol has it: token k is bit k % 32 of word k / 32, words little-endian."""
        bits = bytearray((len(self.texts) + 31) // 32 * 4)
        for token in allowed:
            bits[token // 8] |= 1 << token % 8
        return bits

    def trial(self, id, constraint, walks, recompiles=0, sums=False, **_):
        matcher, took = self.compile(constraint)
        first = self.step(matcher.fill)
        line = "compiled", {"id": id, "compile": took, "first_mask": first}
        for index, tokens in enumerate(walks):
            self.channel.say(*line)
            back = {} if index == 0 else {"reset": self.step(matcher.reset)}
            line = "walked", {"id": id, "walk": index, **back, **self.walk(matcher, tokens, first, sums)}
            first = None
        if recompiles:
            self.channel.say(*line)
            line = "recompiled", {"id": id, "compiles": [self.compile(constraint)[1] for _ in range(recompiles)]}
        return line

    def walk(self, matcher, tokens, first, sums):
        """Leads the matcher along the tokens. `first` is what the first mask took, where it is there already."""
        found = {"end": "through", "masks": [], "accepts": [], "may_end": [], "sums": []}
        try:
            for at in range(len(tokens) + 1):
                found["masks"].append(self.step(matcher.fill) if first is None else first)
                first, allowed = None, matcher.allowed()
                if not self.end.isdisjoint(allowed):
                    found["may_end"].append(at)
                if strays := self.control & allowed:
                    found.setdefault("control", {"at": at, "token": min(strays)})
                if sums:
                    found["sums"].append(zlib.crc32(self.bits(allowed)))
                if at < len(tokens) and tokens[at] not in allowed:
                    found["end"] = {"refused": {"at": at, "allowed": len(allowed)}}
                    break
                if at < len(tokens):
                    found["accepts"].append(self.step(matcher.accept, tokens[at]))
        except Failed as failed:
            found["end"] = {"failed": {"at": len(found["accepts"]), "class": failed.kind, "message": str(failed)}}
        return found

    def follow(self, constraint, tokens):
        matcher = self.compile(constraint)[0]
        for token in tokens:
            self.step(matcher.fill)
            if token not in matcher.allowed():
                raise Failed("mask", "engine", f"token {token} is not in the mask")
            self.step(matcher.accept, token)
        self.step(matcher.fill)
        return matcher

    def look(self, constraint, tokens, **_):
        return "seen", {"tokens": len(self.texts), "hex": self.bits(self.follow(constraint, tokens).allowed()).hex()}

    def draw(self, constraint, tokens, seed, max_tokens, **_):
        """An answer in a hurry: an end, else what closes, else short text, white space last."""
        matcher, dice, drawn = self.follow(constraint, tokens), random.Random(seed), []
        while True:
            allowed, spent = matcher.allowed(), len(drawn) >= max_tokens
            pool = sorted(allowed - self.end)
            last = "stop" if len(pool) < len(allowed) else "length" if spent else "dead-end"
            if spent or not pool or last == "stop" and dice.random() < 0.5:
                return "drawn", {"tokens": drawn, "finish": last}
            for closers in ((b"]", b"}"), (b'"',)):
                closing = [token for token in pool if self.texts[token].lstrip()[:1] in closers]
                if closing and dice.random() < 0.75:
                    pool = closing
                    break
            texts = [self.texts[token] for token in pool]
            drawn += dice.choices(pool, [max(256 // len(text), 1) if text.strip() else 1 for text in texts])
            self.step(matcher.accept, drawn[-1])
            self.step(matcher.fill)


def serve(Engine):
    """Holds the conversation until stdin closes, in the middle of an answer too."""
    channel, lines = Channel(), queue.Queue()

    def read():
        for line in sys.stdin:
            lines.put(json.loads(line))
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    try:
        desk = Desk(channel, Engine, lines.get()["hello"])
    except Exception as error:
        channel.say(*Failed("load", "worker", f"{type(error).__name__}: {error}").line(), last=True)
        sys.exit(1)
    channel.say("ready", desk.ready, last=True)
    answers = {"trial": desk.trial, "look": desk.look, "draw": desk.draw}
    while True:
        [(kind, fields)] = lines.get().items()
        try:
            answer = answers[kind](**fields)
        except Failed as failed:
            answer = failed.line()
        channel.say(*answer, last=True)
