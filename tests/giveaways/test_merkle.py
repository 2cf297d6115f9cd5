"""The tree over the entries: known answers, and proofs of inclusion that prove nothing else."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giveaways.drawing import merkle

# Leaves and roots of the tests of Certificate Transparency's own implementations, for the first 1 to 8 of them.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
sizes = st.integers(1, 200)


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf(str(number).encode()) for number in range(size)]


def by_the_letter(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it is written there."""
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1 << ((len(entries) - 1).bit_length() - 1)
    return sha256(b"\x01" + by_the_letter(entries[:k]) + by_the_letter(entries[k:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    hashes = [merkle.leaf(bytes.fromhex(text)) for text in LEAVES[:size]]

    assert merkle.root(hashes).hex() == ROOTS[size - 1]


def test_no_entries_have_the_hash_of_nothing() -> None:
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(size=sizes)
def test_roots_are_those_of_the_rfc_for_every_size(size: int) -> None:
    assert merkle.root(leaves(size)) == by_the_letter([str(number).encode() for number in range(size)])


@given(size=sizes, depth=st.integers(0, 6))
def test_the_roots_of_aligned_blocks_have_the_root_of_the_whole(size: int, depth: int) -> None:
    hashes, block = leaves(size), 1 << depth

    blocks = [merkle.root(hashes[start : start + block]) for start in range(0, size, block)]

    assert merkle.root(blocks) == merkle.root(hashes)


@given(size=sizes, data=st.data())
def test_a_path_leads_from_its_own_leaf_to_the_root_and_from_nothing_else(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size))
    root, path = merkle.root(hashes), merkle.path(hashes, index)

    assert merkle.root_of_path(hashes[index], index, size, path) == root
    assert merkle.root_of_path(merkle.leaf(b"another"), index, size, path) != root
    assert other == index or merkle.root_of_path(hashes[index], other, size, path) != root
    assert merkle.root_of_path(hashes[index], index, size, [*path, root]) is None
    for level in range(len(path)):
        bent = [*path[:level], merkle.leaf(b"bent"), *path[level + 1 :]]
        assert merkle.root_of_path(hashes[index], index, size, bent) != root
        assert merkle.root_of_path(hashes[index], index, size, path[:level] + path[level + 1 :]) != root


def test_a_path_has_a_hash_for_every_doubling() -> None:
    siblings = merkle.path([b"\x00" * 32] * 2**14, 2**14 - 1)

    assert len(siblings) == 14
    assert len(json.dumps([sibling.hex() for sibling in siblings])) < 14 * 70  # and so less than 1.4 KB of a million
