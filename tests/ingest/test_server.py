"""The process itself, over a real socket: what clients of bad manners get, and /docs."""

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse

import httpx2
import orjson
import pytest

from tests.ingest.doors import event
from tests.ingest.processes import serving


@pytest.fixture(scope="module")
def server(kafka: str) -> Iterator[int]:
    """The port of `python -m services.ingest`."""
    with serving(kafka) as process:
        yield process.port


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


@pytest.mark.parametrize("is_slow", [False, True])
def test_an_offer_of_another_protocol_costs_no_event(server: int, is_slow: bool) -> None:
    """As Java's client makes it with each request."""
    body = orjson.dumps(event())
    offer = "Connection: Upgrade, HTTP2-Settings\r\nUPGRADE: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB"
    lines = ("POST /v1/events HTTP/1.1", "Host: x", offer, "Content-Type: application/json")
    head = "\r\n".join((*lines, f"Content-Length: {len(body)}\r\n\r\n")).encode()
    with closing(socket.create_connection(("127.0.0.1", server), 10)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(2):
            size = 1 if is_slow else len(head)
            for start in range(0, len(head), size):
                connection.sendall(head[start : start + size])
            connection.sendall(body)
            with closing(HTTPResponse(connection)) as answer:
                answer.begin()
                assert (answer.status, orjson.loads(answer.read())["accepted"]) == (202, 1)


def test_a_length_that_lies_ends_the_body_where_it_says(server: int) -> None:
    answer = _exchange(server, "Content-Type: application/json\r\nContent-Length: 2", b"{}" + b" " * 1000)
    assert answer.startswith(b"HTTP/1.1 422 ")


def test_it_refuses_headers_beyond_16_kib(server: int) -> None:
    answer = _exchange(server, "X-Large: " + "x" * 200_000, b"")
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"head_too_large" in answer
    many = "\r\n".join(f"X-{number}: {'x' * 100}" for number in range(200))
    assert _exchange(server, many, b"").startswith(b"HTTP/1.1 431 ")


def test_its_docs_name_every_call_and_its_refusals(server: int) -> None:
    document = httpx2.get(f"http://127.0.0.1:{server}/openapi.json").json()
    calls = [call for path in document["paths"].values() for call in path.values()]
    wanted = {"/v1/events", "/v1/sources", "/v1/hooks/{platform}", "/v1/batch", "/v1/quarantine"}
    assert wanted <= set(document["paths"])
    assert all(call["summary"] for call in calls)
    assert {"400", "401", "403", "413", "415", "422", "429", "503"} <= set(
        document["paths"]["/v1/events"]["post"]["responses"]
    )
    assert "ProblemDetails" in document["components"]["schemas"]
    assert httpx2.get(f"http://127.0.0.1:{server}/docs").status_code == 200
