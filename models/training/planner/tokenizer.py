"""Byte-level BPE in the form of a Hugging Face tokenizer.json: learned, written, read and applied with the standard library only.

The order of work is that of the SmolVLM family: split out added tokens, every numeric character alone, the GPT-2 pattern,
UTF-8 bytes as printable characters, then merges by rank. Digits stand alone, so a coordinate is written digit by digit.
"""

import json
import re
import unicodedata
from collections import Counter

END_OF_TEXT = "<|endoftext|>"
START = "<|im_start|>"
END = "<end_of_utterance>"
FAKE = "<fake_token_around_image>"
IMAGE = "<image>"
GLOBAL = "<global-img>"
SPECIAL = (END_OF_TEXT, START, END, FAKE, GLOBAL, IMAGE)

# Numeric characters never reach this pattern, so \w without the underscore means letters.
_PIECE = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def _byte_characters():
    """The printable character that stands for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {b: chr(b) for b in printable}
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + len(table) - len(printable))
    return [table[b] for b in range(256)]


BYTE_CHARACTERS = _byte_characters()


def _is_numeric(character):
    return unicodedata.category(character) in ("Nd", "Nl", "No")


def pieces(text):
    """Pre-tokenizer: the pieces inside which merges happen, as mapped characters."""
    start = 0
    for i, character in enumerate(text):
        if _is_numeric(character):
            yield from _plain_pieces(text[start:i])
            yield _mapped(character)
            start = i + 1
    yield from _plain_pieces(text[start:])


def _plain_pieces(text):
    for match in _PIECE.finditer(text):
        yield _mapped(match.group())


def _mapped(text):
    return "".join(BYTE_CHARACTERS[b] for b in text.encode("utf-8"))


class Tokenizer:
    """Text to ids and back."""

    def __init__(self, vocabulary, merges, specials):
        self.vocabulary = vocabulary
        self.merges = merges
        self.specials = specials
        self._rank = {pair: i for i, pair in enumerate(merges)}
        self._cache = {}
        self._split = re.compile("(" + "|".join(re.escape(s) for s in sorted(specials, key=len, reverse=True)) + ")")
        self._text = {i: t for t, i in vocabulary.items()}
        self._byte = {c: b for b, c in enumerate(BYTE_CHARACTERS)}
        self.digits = [vocabulary[d] for d in "0123456789"]
        self.size = max([*vocabulary.values(), *specials.values()]) + 1

    @classmethod
    def learn(cls, texts, size):
        """Learns merges from an iterable of texts until the vocabulary holds `size` entries or nothing repeats."""
        words = Counter(piece for text in texts for piece in pieces(text))
        specials = {t: i for i, t in enumerate(SPECIAL)}
        vocabulary = dict(zip(BYTE_CHARACTERS, range(len(specials), len(specials) + 256)))
        split = {w: list(w) for w in words}
        merges = []
        while len(vocabulary) + len(specials) < size:
            pairs = Counter()
            for word, count in words.items():
                parts = split[word]
                for pair in zip(parts, parts[1:]):
                    pairs[pair] += count
            if not pairs:
                break
            best = min(pairs, key=lambda p: (-pairs[p], p))
            if pairs[best] < 2:
                break
            merges.append(best)
            vocabulary["".join(best)] = len(vocabulary) + len(specials)
            for word, parts in split.items():
                split[word] = _merge(parts, best)
        return cls(vocabulary, merges, specials)

    @classmethod
    def from_json(cls, text):
        """Reads what `to_json` wrote."""
        file = json.loads(text)
        merges = [tuple(m.split(" ")) if isinstance(m, str) else tuple(m) for m in file["model"]["merges"]]
        specials = {t["content"]: t["id"] for t in file["added_tokens"]}
        return cls({t: i for t, i in file["model"]["vocab"].items() if t not in specials}, merges, specials)

    def to_json(self):
        """The tokenizer.json of the package."""
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
        return json.dumps({
            "version": "1.0", "truncation": None, "padding": None,
            "added_tokens": [
                {"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
                for t, i in self.specials.items()],
            "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level]},
            "post_processor": None,
            "decoder": byte_level,
            "model": {
                "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
                "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                "vocab": {**self.specials, **self.vocabulary}, "merges": [list(m) for m in self.merges]},
        }, ensure_ascii=False, indent=1)

    def encode(self, text):
        """Ids of a text; added tokens are recognised, nothing is added."""
        ids = []
        for part in self._split.split(text):
            if part in self.specials:
                ids.append(self.specials[part])
            else:
                for piece in pieces(part):
                    ids.extend(self._encode_piece(piece))
        return ids

    def _encode_piece(self, piece):
        ids = self._cache.get(piece)
        if ids is None:
            parts = list(piece)
            while len(parts) > 1:
                best = min(zip(parts, parts[1:]), key=lambda p: self._rank.get(p, len(self._rank)))
                if best not in self._rank:
                    break
                parts = _merge(parts, best)
            ids = self._cache[piece] = [self.vocabulary[p] for p in parts]
        return ids

    def decode(self, ids):
        """Text of ids, without added tokens."""
        raw = bytes(self._byte[c] for i in ids if i in self._text for c in self._text[i])
        return raw.decode("utf-8", errors="replace")


def _merge(parts, pair):
    merged, i = [], 0
    while i < len(parts):
        if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
            merged.append(parts[i] + parts[i + 1])
            i += 2
        else:
            merged.append(parts[i])
            i += 1
    return merged
