"""From text to token ids and to the character spans of tokens, whichever tokenizer a model brings.

Everything here is fixed at load and never changed after it, so that threads can share it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from codices.resources.encoders.interface import EncoderError

Span = tuple[int, int]


class TextTokenizer(Protocol):
    max_tokens: int  # without special tokens

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids with special tokens, cut to what the model reads, not padded."""
        ...

    def spans(self, text: str) -> list[Span]:
        """Character span of every token, without special tokens and without a cut."""
        ...


class FastTokenizer:
    """A Hugging Face fast tokenizer; `clean` is applied to texts (not to spans) before it, as open_clip does. Raises
    EncoderError for one that knows no word, which is what transformers makes where its files are missing."""

    def __init__(self, tokenizer: Any, context_length: int, clean: Callable[[str], str] | None = None) -> None:
        from tokenizers import Tokenizer

        if set(tokenizer.get_vocab().values()) <= set(tokenizer.all_special_ids):
            raise EncoderError(f"the tokenizer of {tokenizer.name_or_path} knows no words: its files are missing")
        # Copies: transformers switches truncation and padding on the shared one, which no other thread survives.
        definition = tokenizer.backend_tokenizer.to_str()
        self._plain = Tokenizer.from_str(definition)
        self._plain.no_truncation()
        self._plain.no_padding()
        self._cut = Tokenizer.from_str(definition)
        self._cut.no_padding()
        self._cut.enable_truncation(context_length)
        self._clean = clean
        self.max_tokens = context_length - self._plain.num_special_tokens_to_add(False)
        # What stands for a text without any token, where no special ones are added: no tower reads nothing.
        self._nothing: list[int] = self._cut.encode(".").ids or [0]

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        cleaned = [self._clean(text) for text in texts] if self._clean else list(texts)
        return [encoding.ids or self._nothing for encoding in self._cut.encode_batch(cleaned)]

    def spans(self, text: str) -> list[Span]:
        return self._plain.encode(text, add_special_tokens=False).offsets


class PaddedTokenizer:
    """open_clip's own call, for what `FastTokenizer` does not do: padding or a cut on the left, separators taken away,
    tokens behind the padding. Rows are as long as the context."""

    def __init__(self, tokenizer: Any, context_length: int) -> None:
        self._tokenizer = tokenizer
        self._context_length = context_length
        self._words = FastTokenizer(tokenizer.tokenizer, context_length)
        self._lock = threading.Lock()  # the call switches truncation and padding on the shared tokenizer
        self.max_tokens = self._words.max_tokens

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        with self._lock:
            return self._tokenizer(list(texts), context_length=self._context_length).tolist()

    def spans(self, text: str) -> list[Span]:
        return self._words.spans(text)


class ClipTokenizer:
    """CLIP's own byte-pair tokenizer (open_clip's SimpleTokenizer)."""

    def __init__(self, tokenizer: Any, context_length: int) -> None:
        self._tokenizer = tokenizer
        self._context_length = context_length
        self.max_tokens = context_length - 2  # start and end of text

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        rows = self._tokenizer(list(texts), context_length=self._context_length).tolist()
        end = self._tokenizer.eot_token_id
        return [row[: row.index(end) + 1] for row in rows]

    def spans(self, text: str) -> list[Span]:
        spans: list[Span] = []
        for match in self._tokenizer.pat.finditer(text):
            word = match.group()
            # Byte-level: every byte of the word is one symbol of the alphabet that merges work on.
            symbols = "".join(self._tokenizer.byte_encoder[byte] for byte in word.lower().encode())
            character_of_byte = [i for i, char in enumerate(word) for _ in char.lower().encode()]
            position = 0
            for piece in self._tokenizer.bpe(symbols).split(" "):
                size = len(piece.removesuffix("</w>"))
                first, last = character_of_byte[position], character_of_byte[position + size - 1]
                spans.append((match.start() + first, match.start() + last + 1))
                position += size
        return spans


def tokenizer_of(tokenizer: Any, context_length: int, clean: bool = True) -> TextTokenizer:
    """The fitting one for what `open_clip.get_tokenizer` returned."""
    import open_clip

    if isinstance(tokenizer, open_clip.SimpleTokenizer):
        return ClipTokenizer(tokenizer, context_length)
    inner = tokenizer.tokenizer
    if (
        getattr(tokenizer, "strip_sep_token", False)
        or getattr(tokenizer, "tokenizer_mode", "")
        or "left" in (inner.padding_side, inner.truncation_side)
    ):
        return PaddedTokenizer(tokenizer, context_length)
    return FastTokenizer(inner, context_length, tokenizer.clean_fn if clean else None)
