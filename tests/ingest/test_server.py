"""The process itself, over a real socket: what clients of bad manners get, and /docs."""

import socket
from collections.abc import Iterator
from contextlib import closing

import httpx2
import pytest

from tests.ingest.doors import event
from tests.ingest.serving import served


@pytest.fixture(scope="module")
def server(kafka: str) -> Iterator[int]:
    with served(kafka) as port:
        yield port


def _exchange(port: int, head: str, body: bytes) -> bytes:
    with closing(socket.create_connection(("127.0.0.1", port), 10)) as connection:
        connection.sendall(f"POST /v1/events HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode() + body)
        return connection.recv(65536)


def test_it_accepts_over_a_socket(server: int) -> None:
    answer = httpx2.post(f"http://127.0.0.1:{server}/v1/events", json=[event(), event(id="2")])
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)


@pytest.mark.parametrize("size", [2_000_000, 20_000_000])
def test_it_refuses_a_large_body_so_that_the_client_reads_why(server: int, size: int) -> None:
    headers = {"content-type": "application/json"}
    try:
        answer = httpx2.post(f"http://127.0.0.1:{server}/v1/events", content=b" " * size, headers=headers)
    except httpx2.TransportError:
        assert size > 8 * 1024 * 1024
    else:
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_it_counts_chunks_that_name_no_length(server: int) -> None:
    chunks = b"20000\r\n" + b" " * 0x20000 + b"\r\n"
    answer = _exchange(
        server, "Content-Type: application/json\r\nTransfer-Encoding: chunked", chunks * 9 + b"0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_length_that_lies_ends_the_body_where_it_says(server: int) -> None:
    answer = _exchange(server, "Content-Type: application/json\r\nContent-Length: 2", b"{}" + b" " * 1000)
    assert answer.startswith(b"HTTP/1.1 422 ")


def test_it_refuses_headers_beyond_16_kib(server: int) -> None:
    assert _exchange(server, "X-Large: " + "x" * 200_000, b"").startswith(b"HTTP/1.1 4")


def test_its_docs_name_every_call_and_its_refusals(server: int) -> None:
    document = httpx2.get(f"http://127.0.0.1:{server}/openapi.json").json()
    calls = [call for path in document["paths"].values() for call in path.values()]
    assert {"/v1/events", "/v1/hooks/{platform}", "/v1/batch", "/v1/quarantine"} <= set(document["paths"])
    assert all(call["summary"] for call in calls)
    assert {"400", "401", "413", "415", "422", "503"} <= set(
        document["paths"]["/v1/events"]["post"]["responses"]
    )
    assert "ProblemDetails" in document["components"]["schemas"]
    assert httpx2.get(f"http://127.0.0.1:{server}/docs").status_code == 200
