"""From text to token ids and to the character spans of tokens, whichever tokenizer a model brings.

Everything here is fixed at load and never changed after it, so that threads can share it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Protocol

from codices.resources.encoders.common.cleaning import CLEANING
from codices.resources.encoders.common.interface import EncoderError

Span = tuple[int, int]

_CLIP_WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"  # of a text in lower case


class TextTokenizer(Protocol):
    max_tokens: int  # without special tokens

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids with special tokens, cut to what the model reads, not padded."""
        ...

    def spans(self, text: str) -> list[Span]:
        """Character span of every token, without special tokens and without a cut."""
        ...


class FastTokenizer:
    """A tokenizer of the `tokenizers` library, by its `definition` in JSON; texts (not spans) go through the cleaning
    of that name before it, as in open_clip."""

    def __init__(self, definition: str, context_length: int, cleaning: str | None = None) -> None:
        from tokenizers import Tokenizer

        self.definition = definition
        self.context_length = context_length
        self.cleaning = cleaning
        self._plain = Tokenizer.from_str(definition)
        self._plain.no_truncation()
        self._plain.no_padding()
        self._cut = Tokenizer.from_str(definition)
        self._cut.no_padding()
        self._cut.enable_truncation(context_length)
        self._clean = None if cleaning is None else CLEANING[cleaning]
        self.max_tokens = context_length - self._plain.num_special_tokens_to_add(False)
        # What stands for a text without any token, where no special ones are added: no tower reads nothing.
        self._nothing: list[int] = self._cut.encode(".").ids or [0]

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        cleaned = [self._clean(text) for text in texts] if self._clean else list(texts)
        return [encoding.ids or self._nothing for encoding in self._cut.encode_batch(cleaned)]

    def spans(self, text: str) -> list[Span]:
        return self._plain.encode(text, add_special_tokens=False).offsets


def fast_tokenizer(tokenizer: Any, context_length: int, cleaning: str | None = None) -> FastTokenizer:
    """A Hugging Face fast tokenizer as one of ours: a copy, since transformers switches truncation and padding on its
    own, which no other thread survives. Raises EncoderError for one that knows no word, which is what transformers
    makes where its files are missing."""
    if set(tokenizer.get_vocab().values()) <= set(tokenizer.all_special_ids):
        raise EncoderError(f"the tokenizer of {tokenizer.name_or_path} knows no words: its files are missing")
    return FastTokenizer(tokenizer.backend_tokenizer.to_str(), context_length, cleaning)


class PaddedTokenizer:
    """open_clip's own call, for what `FastTokenizer` does not do: padding or a cut on the left, separators taken away,
    tokens behind the padding. Rows are as long as the context."""

    def __init__(self, tokenizer: Any, context_length: int) -> None:
        self._tokenizer = tokenizer
        self._context_length = context_length
        self._words = fast_tokenizer(tokenizer.tokenizer, context_length)
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

    def as_fast(self) -> FastTokenizer:
        """The same ids from the `tokenizers` library, which needs no torch; those of a text that holds
        `<end_of_text>` itself differ. Its spans are not quite the same."""
        from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

        own = self._tokenizer
        start, end = (own.decoder[number] for number in (own.sot_token_id, own.eot_token_id))
        fast = Tokenizer(
            models.BPE(vocab=own.encoder, merges=list(own.bpe_ranks), end_of_word_suffix="</w>", unk_token=end)
        )
        words = pre_tokenizers.Split(Regex(_CLIP_WORDS), behavior="removed", invert=True)
        fast.pre_tokenizer = pre_tokenizers.Sequence(  # pyright: ignore[reportAttributeAccessIssue]
            [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        )
        fast.post_processor = processors.RobertaProcessing(  # pyright: ignore[reportAttributeAccessIssue]
            (end, own.eot_token_id), (start, own.sot_token_id), False, False
        )
        return FastTokenizer(fast.to_str(), self._context_length, own.clean_fn.__name__.removeprefix("_clean_"))

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
    cleaning = tokenizer.clean_fn.__name__.removeprefix("_clean_") if clean else None
    return fast_tokenizer(inner, context_length, cleaning)
