"""Keys: the store's own, those derived from it, and the one of each event that has something to seal."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from smpolicy.errors import Place, Problem, StoreDamaged, StoreUnavailable, shorten

LENGTH = 32
NONCE = 12


@frozen(slots=True)
class Keys:
    """The keys of a store, derived from its one key.

    Attributes:
        chain: of the hashes of events.
        wrapping: of the keys of single events.
    """

    chain: bytes = field(repr=False)
    wrapping: bytes = field(repr=False)


def derive(key: bytes) -> Keys:
    """Return the keys that are derived from a store's key (HKDF with SHA-256).

    Args:
        key: 32 bytes or more.

    Raises:
        StoreUnavailable: it is too short.
    """
    if len(key) < LENGTH:
        message = f"the key has {len(key)} bytes"
        raise StoreUnavailable(Problem("wrong_key", message, expected=f"{LENGTH} bytes or more"))
    made = [HKDF(SHA256(), LENGTH, None, f"smpolicy {use}".encode()).derive(key) for use in ("chain", "wrapping")]
    return Keys(*made)


def read_key(file: Path) -> bytes:
    """Return the key that a file holds, as hexadecimal digits.

    Args:
        file: the file.

    Raises:
        StoreUnavailable: it is not there, or holds no key.
    """
    place = Place(shorten(str(file), 1000))
    try:
        text = file.read_text(encoding="ascii").strip()
        return bytes.fromhex(text)
    except FileNotFoundError:
        help_ = "name the file with `key`; without its key a store can neither be read nor verified"
        raise StoreUnavailable(
            Problem("missing_key_file", "there is no such key file", place=place, help=help_)
        ) from None
    except OSError as error:
        message = f"the key file cannot be read: {(error.strerror or str(error)).lower()}"
        raise StoreUnavailable(
            Problem("missing_key_file", message, place=place, help="let this user read it")
        ) from None
    except ValueError:
        expected = f"{2 * LENGTH} hexadecimal digits or more"
        raise StoreUnavailable(Problem("wrong_key", "the file holds no key", place=place, expected=expected)) from None


def make_key(file: Path) -> bytes:
    """Make a new key file that only its owner can read, unless somebody else has just made it; return the key.

    Args:
        file: the file.

    Raises:
        StoreUnavailable: it cannot be written.
    """
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(LENGTH) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(fresh, file)  # fails where the file is there, and never shows half of it
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    except OSError as error:
        message = f"the key file cannot be written: {(error.strerror or str(error)).lower()}"
        place = Place(shorten(str(file), 1000))
        help_ = "let this user write its folder, or name another file with `key`"
        raise StoreUnavailable(Problem("missing_key_file", message, place=place, help=help_)) from None
    return read_key(file)


def seal(text: bytes, number: int, wrapping: bytes) -> tuple[bytes, bytes]:
    """Return what is to be kept of a secret, and its own key, wrapped; without the latter nobody can read it again.

    Args:
        text: the secret.
        number: the number of its event, to which both are bound.
        wrapping: the key that wraps the keys of events.
    """
    own = AESGCM.generate_key(bit_length=256)
    return _encrypt(own, text, number), _encrypt(wrapping, own, number)


def unseal(sealed: bytes, wrapped: bytes, number: int, wrapping: bytes) -> Any:
    """Return a secret.

    Args:
        sealed: what was kept of it.
        wrapped: its own key, wrapped.
        number: the number of its event.
        wrapping: the key that wraps the keys of events.

    Raises:
        StoreDamaged: one of the two was changed.
    """
    try:
        return json.loads(_decrypt(_decrypt(wrapping, wrapped, number), sealed, number))
    except (InvalidTag, ValueError, TypeError):
        message = f"what is sealed in the event `{number}` cannot be opened: it, or its key, was changed"
        raise StoreDamaged(Problem("broken_chain", message, help="verify the store, and restore a backup")) from None


def _encrypt(key: bytes, text: bytes, number: int) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, text, str(number).encode())


def _decrypt(key: bytes, kept: bytes, number: int) -> bytes:
    return AESGCM(key).decrypt(kept[:NONCE], kept[NONCE:], str(number).encode())
