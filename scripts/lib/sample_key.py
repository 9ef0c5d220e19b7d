"""RSA keys that everybody can make, for samples that are the same each time: as OpenPGP and as PEM.

Whoever knows the seed has the private key. Nothing but tests must trust one.
"""

import base64
import functools
import hashlib
import json
import math
import pathlib
import random

PRIME_BITS = 1024
EXPONENT = 65537
ROUNDS = 16  # of Miller and Rabin; a composite number passes one in fewer than 1 of 4 cases
SMALL = [number for number in range(3, 2000, 2) if all(number % divisor for divisor in range(3, math.isqrt(number) + 1, 2))]
TIME = 1704067200  # of keys and signatures: 2024-01-01
# DER before a SHA-256 in a PKCS #1 signature. Source: RFC 8017, 9.2.
SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
RSA, SHA256 = 1, 8  # Source: RFC 4880, 9.1 and 9.4.
BINARY, CERTIFICATION = 0x00, 0x13


class Key:
    """The key of a seed."""

    def __init__(self, seed):
        dice = random.Random(seed)
        self.primes = prime(dice), prime(dice)
        self.modulus = self.primes[0] * self.primes[1]
        self.secret = pow(EXPONENT, -1, math.lcm(*(each - 1 for each in self.primes)))

    def sign(self, data):
        """A PKCS #1 version 1.5 signature with SHA-256."""
        size = 2 * PRIME_BITS // 8
        digest = SHA256_PREFIX + hashlib.sha256(data).digest()
        padded = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        return pow(int.from_bytes(padded, "big"), self.secret, self.modulus)

    def pem(self):
        """The private key. Source: RFC 8017, A.1.2."""
        first, second = self.primes
        numbers = (
            0, self.modulus, EXPONENT, self.secret, first, second, self.secret % (first - 1), self.secret % (second - 1),
            pow(second, -1, first))
        body = b"".join(der(2, number.to_bytes(number.bit_length() // 8 + 1, "big")) for number in numbers)
        text = base64.encodebytes(der(0x30, body)).decode()
        return f"-----BEGIN RSA PRIVATE KEY-----\n{text}-----END RSA PRIVATE KEY-----\n"


class Publisher:
    """Signs releases by OpenPGP messages around a short JSON text, into the folder of a store. Source: RFC 4880."""

    user = b"Example Release <release@example.invalid>"

    def __init__(self, store, seed):
        self.store, self.key = pathlib.Path(store), Key(seed)
        self.body = b"\4" + TIME.to_bytes(4, "big") + bytes([RSA]) + mpi(self.key.modulus) + mpi(EXPONENT)
        hashed = b"\x99" + len(self.body).to_bytes(2, "big") + self.body
        self.identity = hashlib.sha1(hashed).digest()
        self.fingerprint = self.identity.hex().upper()
        named = hashed + b"\xb4" + len(self.user).to_bytes(4, "big") + self.user
        may_sign = b"\2\x1b\2"
        block = packet(6, self.body) + packet(13, self.user) + self.signature(CERTIFICATION, named, may_sign)
        self.public_key = armored(block)

    def publish(self, digest, reference, *_):
        """Puts the signature of a release into the store."""
        text = json.dumps({
            "critical": {
                "image": {"docker-manifest-digest": digest}, "type": "atomic container signature",
                "identity": {"docker-reference": reference},
            },
            "optional": {"creator": "example release signing"},
        }).encode()
        announced = packet(4, bytes([3, BINARY, SHA256, RSA]) + self.identity[-8:] + b"\1")
        literal = packet(11, b"b\0" + TIME.to_bytes(4, "big") + text)
        place = self.store / digest.replace(":", "=")
        place.mkdir(parents=True)
        (place / "signature-1").write_bytes(announced + literal + self.signature(BINARY, text))

    def signature(self, kind, data, more=b""):
        made = b"\5\2" + TIME.to_bytes(4, "big") + b"\x16\x21\4" + self.identity + more
        hashed = bytes([4, kind, RSA, SHA256]) + len(made).to_bytes(2, "big") + made
        signed = data + hashed + b"\4\xff" + len(hashed).to_bytes(4, "big")
        issuer = b"\x09\x10" + self.identity[-8:]
        unhashed = len(issuer).to_bytes(2, "big") + issuer
        return packet(2, hashed + unhashed + hashlib.sha256(signed).digest()[:2] + mpi(self.key.sign(signed)))


def prime(dice):
    """A prime number whose product with another has all bits."""
    while True:
        number = dice.getrandbits(PRIME_BITS) | 1 | 3 << (PRIME_BITS - 2)
        if all(number % divisor for divisor in SMALL) and number % EXPONENT != 1 and is_prime(number, dice):
            return number


def is_prime(number, dice):
    """Source: Miller, Rabin."""
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    for _ in range(ROUNDS):
        power = pow(dice.randrange(2, number - 1), (number - 1) >> twos, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True


def der(kind, content):
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x80 + (size.bit_length() + 7) // 8]) + size.to_bytes(
        (size.bit_length() + 7) // 8, "big")
    return bytes([kind]) + length + content


def mpi(number):
    return number.bit_length().to_bytes(2, "big") + number.to_bytes((number.bit_length() + 7) // 8, "big")


def packet(tag, body):
    """In the new format, with a length of five octets."""
    return bytes([0xc0 | tag, 0xff]) + len(body).to_bytes(4, "big") + body


def armored(block):
    text = base64.encodebytes(block).decode()
    check = base64.b64encode(crc24(block).to_bytes(3, "big")).decode()
    return f"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{text}={check}\n-----END PGP PUBLIC KEY BLOCK-----\n"


def crc24(data):
    """Source: RFC 4880, 6.1."""
    def step(value, byte):
        value ^= byte << 16
        for _ in range(8):
            value = value << 1 ^ (0x1864cfb if value & 0x800000 else 0)
        return value

    return functools.reduce(step, data, 0xb704ce)
